import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Backlog } from '../../../turn/net/backlog.ts'
import { FairQueue } from '../../../turn/net/fairQueue.ts'
import { UdpSender } from '../../../turn/net/udpSender.ts'

const ip = '198.51.100.9'
const packet = (text: string, length = text.length): Buffer => Buffer.from(text.padEnd(length))

describe('FairQueue', () => {
  const limits = { maxBytes: 10_000, maxAgeMs: 500 }

  function queue(backlog = new Backlog()) {
    const dropped = { count: 0 }
    return { queue: new FairQueue(limits, backlog, () => dropped.count++), dropped, backlog }
  }

  function drain(from: FairQueue, now = 0): string[] {
    const texts: string[] = []
    for (let next = from.shift(now); next; next = from.shift(now))
      texts.push(`${next.port} ${Buffer.from(next.packet).toString().trim()}`)
    return texts
  }

  test('returns packets in order for one destination, and in turns for several', () => {
    const { queue: fairQueue } = queue()
    for (const text of ['a', 'b', 'c']) fairQueue.push({ packet: packet(text, 1000), port: 1, ip, queuedAt: 0 })
    for (const text of ['x', 'y']) fairQueue.push({ packet: packet(text, 1000), port: 2, ip, queuedAt: 0 })
    const order = drain(fairQueue)
    expect(order.filter((text) => text.startsWith('1'))).toEqual(['1 a', '1 b', '1 c'])
    expect(order.indexOf('2 x')).toBeLessThan(order.indexOf('1 c'))
    expect(fairQueue.isEmpty).toBe(true)
  })

  test('a flood to one destination drops only its own oldest packets', () => {
    const { queue: fairQueue, dropped } = queue()
    fairQueue.push({ packet: packet('mine'), port: 2, ip, queuedAt: 0 })
    for (let i = 0; i < 100; i++) fairQueue.push({ packet: packet(`${i}`, 1000), port: 1, ip, queuedAt: 0 })
    fairQueue.push({ packet: packet('mine, too'), port: 2, ip, queuedAt: 0 })
    const order = drain(fairQueue)
    expect(order).toEqual(expect.arrayContaining(['2 mine', '2 mine, too', '1 99']))
    expect(order).not.toContain('1 0')
    expect(order.length + dropped.count).toBe(102)
  })

  test('drops and counts packets older than the limit', () => {
    const { queue: fairQueue, dropped } = queue()
    fairQueue.push({ packet: packet('old'), port: 1, ip, queuedAt: 0 })
    fairQueue.push({ packet: packet('new'), port: 1, ip, queuedAt: 400 })
    expect([drain(fairQueue, 501), dropped.count]).toEqual([['1 new'], 1])
  })

  test('stays below the byte limit, returns or drops each packet once, and empties the backlog', () => {
    const item = fc.record({
      port: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 0, max: 3000 }),
      leaves: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(item, { maxLength: 200 }), (items) => {
        const { queue: fairQueue, dropped, backlog } = queue()
        let left = 0
        for (const { port, length, leaves } of items) {
          fairQueue.push({ packet: Buffer.alloc(length), port, ip, queuedAt: 0 })
          expect(fairQueue.bytes).toBeLessThanOrEqual(limits.maxBytes)
          expect(backlog.bytes).toBe(fairQueue.bytes)
          if (leaves && fairQueue.shift(0)) left++
        }
        left += drain(fairQueue).length
        expect([left + dropped.count, fairQueue.bytes, backlog.bytes]).toEqual([items.length, 0, 0])
      }),
    )
  })

  test('busy destinations get equal bytes for any packet sizes', () => {
    const { queue: fairQueue } = queue()
    const sent = new Map<number, number>()
    for (let round = 0; round < 2000; round++) {
      for (const [port, length] of [
        [1, 1400],
        [2, 100],
      ] as const)
        for (let i = 0; i < 3; i++) fairQueue.push({ packet: Buffer.alloc(length), port, ip, queuedAt: 0 })
      const next = fairQueue.shift(0)!
      sent.set(next.port, (sent.get(next.port) ?? 0) + next.packet.length)
    }
    expect(sent.get(1)! / sent.get(2)!).toBeGreaterThan(0.5)
    expect(sent.get(1)! / sent.get(2)!).toBeLessThan(2)
  })

  test('a queued small packet does not keep a large read buffer alive', () => {
    const { socket, sender } = congested()
    const read = Buffer.alloc(65_536)
    sender.send(read, 0, 10, 1, ip)
    for (const at of [100, 200]) sender.send(read, at, 10, 1, ip)
    socket.drainKernel()
    expect(socket.sent.at(-1)!.buffer.byteLength).toBeLessThan(100)
  })
})

/** A socket with a full kernel buffer until `drainKernel`; then it accepts every packet. */
class FakeSocket {
  readonly sent: Buffer[] = []
  bufferSize: number | undefined
  isFull = true
  #callbacks: (() => void)[] = []
  #queued = 0

  send(data: Uint8Array, offset: number, length: number, _port: number, _ip: string, done?: () => void): void {
    this.sent.push(Buffer.from(data.buffer, data.byteOffset + offset, length))
    if (this.isFull) this.#queued++
    if (done) this.#callbacks.push(done)
  }

  getSendQueueCount(): number {
    return this.#queued
  }

  setSendBufferSize(bytes: number): void {
    this.bufferSize = bytes
  }

  close(onClosed?: () => void): void {
    onClosed?.()
  }

  drainKernel(): void {
    this.isFull = false
    this.#queued = 0
    for (const done of this.#callbacks.splice(0)) done()
  }
}

function congested() {
  const [socket, dropped, backlog, clock] = [new FakeSocket(), { count: 0 }, new Backlog(), { now: 0 }]
  const sender = new UdpSender(socket as unknown as ConstructorParameters<typeof UdpSender>[0], {
    backlog,
    onDrop: () => dropped.count++,
    now: () => clock.now,
  })
  return {
    socket,
    sender,
    dropped,
    backlog,
    clock,
    send: (text: string, port = 1) => sender.send(packet(text), 0, text.length, port, ip),
  }
}

const texts = ({ sent }: FakeSocket): string[] => sent.map((data) => data.toString())

describe('UdpSender with a full kernel buffer', () => {
  test('gives Node two packets at most, and sends the others in order after the drain', () => {
    const { socket, send, dropped } = congested()
    for (const text of ['one', 'two', 'three', 'four']) send(text)
    expect(texts(socket)).toEqual(['one', 'two'])
    socket.drainKernel()
    send('five')
    expect([texts(socket), dropped.count]).toEqual([['one', 'two', 'three', 'four', 'five'], 0])
  })

  test('loses no packet if the buffer fills again while the queue is flushed', () => {
    const { socket, send, dropped } = congested()
    for (const text of ['one', 'two', 'three', 'four', 'five']) send(text)
    const { getSendQueueCount } = FakeSocket.prototype
    socket.getSendQueueCount = () => (socket.sent.length === 3 ? 1 : getSendQueueCount.call(socket))
    socket.drainKernel()
    expect(texts(socket)).toEqual(['one', 'two', 'three', 'four'])
    socket.drainKernel()
    expect([texts(socket), dropped.count]).toEqual([['one', 'two', 'three', 'four', 'five'], 0])
  })

  test('queues at most 256 KiB', () => {
    const { send, dropped, backlog } = congested()
    for (let i = 0; i < 1000; i++) send('x'.repeat(1000))
    expect(backlog.bytes).toBeLessThanOrEqual(256 * 1024)
    expect(dropped.count).toBeGreaterThan(700)
  })

  test.each([
    ['grows', 'fast', 1, 16 << 10],
    ['keeps', 'at a normal speed', 50, undefined],
    ['shrinks', 'slowly', 200, 4 << 10],
  ])('%s the kernel buffer when it drains %s', (_, _how, drainMs, size) => {
    const { socket, send, clock } = congested()
    for (const text of ['one', 'two']) send(text)
    clock.now += drainMs
    socket.drainKernel()
    expect(socket.bufferSize).toBe(size)
  })

  test('drops packets older than half a second', () => {
    const { socket, send, clock, dropped } = congested()
    for (const text of ['one', 'two', 'old']) send(text)
    clock.now += 501
    send('new')
    socket.drainKernel()
    expect([texts(socket), dropped.count]).toEqual([['one', 'two', 'new'], 1])
  })

  test('after close sends nothing, keeps nothing and throws nothing', () => {
    const { socket, send, sender, backlog } = congested()
    for (const text of ['one', 'two', 'three']) send(text)
    sender.close()
    send('four')
    socket.drainKernel()
    expect([texts(socket), backlog.bytes]).toEqual([['one', 'two'], 0])
  })
})
