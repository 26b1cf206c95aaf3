import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { channel, RelayClient } from './relayClient.ts'
import type { Target } from './commands.ts'
import { openDirect, openSocket } from './socket.ts'

/** Two connected ends: each receives what the other sends. */
export interface RelayedPair {
  near: PairEnd
  far: PairEnd
  close(): Promise<void>
}

/** One end of a pair. */
export interface PairEnd {
  socket: Socket
  onChannel: (packet: Buffer) => void
}

/** The number of pairs that are opened at once. */
const batchSize = 25

/** Opens relayed pairs. Each end's peer is the other's relayed address, so the server relays every message twice. */
export const openPairs = (target: Target, count: number): Promise<RelayedPair[]> =>
  openInBatches(count, () => openPair(target))

/** Opens pairs without a server. */
export const openDirectPairs = (count: number): Promise<RelayedPair[]> => openInBatches(count, openDirectPair)

/** Closes all pairs. */
export const closePairs = (pairs: RelayedPair[]): Promise<unknown> => Promise.all(pairs.map((pair) => pair.close()))

/** Opens `count` items, at most 25 at once. */
export async function openInBatches<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  while (all.length < count)
    all.push(...(await Promise.all(Array.from({ length: Math.min(batchSize, count - all.length) }, open))))
  return all
}

async function openPair(target: Target): Promise<RelayedPair> {
  if (!target.login) return openBarePair(target.port)
  const [near, far] = await Promise.all([RelayClient.open(target), RelayClient.open(target)])
  const [here, there] = await Promise.all([near.allocate(), far.allocate()])
  await Promise.all([near.bind(there), far.bind(here)])
  return { near, far, close: async () => void (await Promise.all([near.release(), far.release()])) }
}

const openDirectPair = async (): Promise<RelayedPair> => createPair(await openDirect())

/** Both sockets send the same unique packet. The bare relay returns it when both are paired. */
async function openBarePair(port: number): Promise<RelayedPair> {
  const sockets = [await openSocket(port), await openSocket(port)] as const
  const replies = sockets.map((socket) => once(socket, 'message'))
  for (const socket of sockets) socket.send(`pair of ${sockets[0].address().address} ${sockets[0].address().port}`)
  await Promise.all(replies)
  return createPair(sockets)
}

function createPair(sockets: readonly [Socket, Socket]): RelayedPair {
  const [near, far] = sockets.map((socket) => {
    const end: PairEnd = { socket, onChannel: () => {} }
    socket.on('message', (packet) => end.onChannel(packet))
    return end
  }) as [PairEnd, PairEnd]
  return { near, far, close: async () => sockets.forEach((socket) => socket.close()) }
}

/** A ChannelData message with `size` bytes of data (RFC 8656 §12.4). */
export function createChannelData(size: number): Buffer {
  const packet = Buffer.alloc(4 + size, 0x5a)
  packet.writeUInt16BE(channel, 0)
  packet.writeUInt16BE(size, 2)
  return packet
}
