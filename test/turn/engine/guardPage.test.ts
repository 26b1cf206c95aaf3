import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { expect, onTestFinished } from 'vitest'
import type { ArenaMemory } from '../../../turn/engine/arena.ts'
import { BatchSockets } from '../../../turn/engine/batchSockets.ts'
import { arenaBytes, batchSize, receiveSlots } from '../../../turn/engine/layout.ts'
import { OpenDescriptors } from '../../../turn/engine/openDescriptors.ts'
import { BinaryAddress } from '../../../turn/engine/binaryAddress.ts'
import { loadSystemCalls } from '../../../turn/engine/systemCalls.ts'
import { needs } from '../../needs.ts'
import { createRuntime } from '../net/createRuntime.ts'

/**
 * Datagrams of every length between two pages that no code may touch. A read or a write beyond the arena ends the
 * process with SIGSEGV.
 */

const test = needs('koffi')
const pageBytes = 4096
const [protNone, protReadWrite, mapPrivateAnonymous] = [0, 3, 0x22]
/** Largest payload of a UDP datagram, in bytes. Over IPv6, loopback fragments above its MTU, and a small SO_SNDBUF forbids that. */
const maxBytesOf = (ip: string): number => (ip.includes(':') ? 65_488 : 65_507)

interface Koffi {
  load(path: null): { func(definition: string): (...values: number[]) => number | bigint }
  view(address: bigint, bytes: number): ArrayBuffer
}

/** Returns memory for an arena that touches a guard page. @param side the page before the arena, or after it */
function mapArena(side: 'before' | 'after'): ArenaMemory {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const libc = koffi.load(null)
  const mmap = libc.func('uintptr_t mmap(uintptr_t at, size_t bytes, int prot, int flags, int fd, int64_t offset)')
  const mprotect = libc.func('int mprotect(uintptr_t at, size_t bytes, int prot)')
  const inner = Math.ceil(arenaBytes / pageBytes) * pageBytes
  const start = Number(mmap(0, inner + 2 * pageBytes, protReadWrite, mapPrivateAnonymous, -1, 0))
  const [first, last] = [start + pageBytes, start + pageBytes + inner]
  expect([mprotect(start, pageBytes, protNone), mprotect(last, pageBytes, protNone)]).toEqual([0, 0])
  const address = side === 'before' ? first : last - arenaBytes
  return { buffer: koffi.view(BigInt(address), arenaBytes), address }
}

function openSockets(side: 'before' | 'after') {
  const descriptors = new OpenDescriptors(OpenDescriptors.createBuffer())
  const runtime = createRuntime()
  const sockets = new BatchSockets(loadSystemCalls(), runtime, descriptors, mapArena(side))
  onTestFinished(() => sockets.closeAll())
  return { sockets, runtime }
}

const digest = (data: Uint8Array): string => createHash('sha1').update(data).digest('hex')

test.each([
  ['before', '127.0.0.1'],
  ['after', '127.0.0.1'],
  ['after', '::1'],
] as const)('no datagram leaves the arena: guard page %s it, over %s', (side, ip) => {
  const maxBytes = maxBytesOf(ip)
  const { sockets, runtime } = openSockets(side)
  const { arena } = sockets
  const received: string[] = []
  const options = { recvBufferBytes: 8 << 20 }
  const last = sockets.open(ip, 0, {
    ...options,
    onDatagrams(first, count) {
      for (let slot = first; slot < first + count; slot++)
        received.push(digest(arena.copyBytes(arena.datagramAt(slot), arena.receivedBytes(slot))))
    },
  })
  const lastAddress = new BinaryAddress(ip, last.port)
  // Sends each datagram on, with a channel header in front of it if there is space.
  const middle = sockets.open(ip, 0, {
    ...options,
    onDatagrams(first, count) {
      for (let slot = first; slot < first + count; slot++) {
        const [at, length] = [arena.datagramAt(slot), arena.receivedBytes(slot)]
        const hasHeader = length <= maxBytes - 4
        const start = hasHeader ? arena.writeChannelHeader(at, 0x4000, length) : at
        sockets.sendFromArena(middle, start, length + (at - start), lastAddress)
      }
    },
  })
  const middleAddress = new BinaryAddress(ip, middle.port)
  const source = sockets.open(ip, 0, { ...options, onDatagrams() {} })

  let seed = 1
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  const edges = [
    0,
    1,
    3,
    4,
    5,
    63,
    64,
    1499,
    1500,
    1501,
    2047,
    2048,
    2049,
    4095,
    4096,
    4097,
    maxBytes - 5,
    maxBytes - 4,
    maxBytes - 3,
    maxBytes - 1,
    maxBytes,
  ]
  // Every fill level of the receive slots, then random bursts.
  const bursts = [...Array(batchSize).keys()].map((count) => count + 1)
  for (const burst of [...bursts, ...Array.from({ length: 100 }, () => 1 + random(batchSize))]) {
    const expected: string[] = []
    received.length = 0
    for (let i = 0; i < burst; i++) {
      // At most a few large ones in a burst, because the kernel's receive buffer is limited.
      const length = i === 0 ? edges[random(edges.length)]! : i === 1 ? random(maxBytes + 1) : random(1501)
      const data = Buffer.alloc(length, random(256))
      const header = Buffer.of(0x40, 0, length >> 8, length & 0xff)
      expected.push(digest(length <= maxBytes - 4 ? Buffer.concat([header, data]) : data))
      sockets.send(source, data, 0, length, middleAddress)
    }
    for (let turns = 0; turns < 1000 && received.length < burst; turns++) sockets.turn(1)
    expect(received).toEqual(expected)
  }
  expect(bursts.length).toBeLessThan(receiveSlots)
  expect(runtime.state.counters.dropped).toBe(0)
})
