import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Splitter } from '../../../turn/net/framing.ts'
import { encode } from '../../../turn/stun/encode.ts'

const stun = fc
  .uint8Array({ maxLength: 300 })
  .map((data) =>
    Buffer.from(encode({ messageClass: 'indication', method: 6, transactionId: new Uint8Array(12) }, [['data', data]])),
  )
const channelData = fc
  .tuple(fc.integer({ min: 0x4000, max: 0x7fff }), fc.uint8Array({ maxLength: 300 }))
  .map(([channel, data]) => {
    const packet = Buffer.alloc(4 + ((data.length + 3) & ~3))
    packet.writeUInt16BE(channel, 0)
    packet.writeUInt16BE(data.length, 2)
    packet.set(data, 4)
    return packet
  })

test('Splitter returns the messages of a stream for any chunk sizes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(stun, channelData), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (packets, sizes) => {
        const splitter = new Splitter()
        const taken: string[] = []
        const stream = Buffer.concat(packets)
        for (let at = 0, i = 0; at < stream.length; at += sizes[i++ % sizes.length]!) {
          const chunk = Buffer.from(stream.subarray(at, at + sizes[i % sizes.length]!))
          expect(splitter.push(chunk, (packet) => taken.push(packet.toString('hex')))).toBe(true)
        }
        expect(taken).toEqual(packets.map((packet) => packet.toString('hex')))
      },
    ),
  )
})

test.each([0x80, 0xc0, 0xff])('Splitter rejects a stream that starts with 0x%x', (first) => {
  expect(new Splitter().push(Buffer.from([first, 0, 0, 0]), () => {})).toBe(false)
})
