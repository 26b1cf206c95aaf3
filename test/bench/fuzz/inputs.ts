import fc from 'fast-check'
import { attributes } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { headerBytes, magicCookie } from '../../../turn/stun/message.ts'
import { messages } from '../../turn/messageFixtures.ts'
import * as vectors from '../../turn/vectors.ts'
import type { SeededRandom } from '../harness/seededRandom.ts'

/** The published vectors, and what the codec's tests make. */
export function validMessages(count: number, seed: number): Buffer[] {
  const made = fc
    .sample(messages, { numRuns: count, seed })
    .map(({ header, rows, options }) => Buffer.from(encode(header, rows, options)))
  return [
    vectors.request,
    vectors.ipv4Response,
    vectors.ipv6Response,
    vectors.longTermRequest,
    vectors.sha256Request,
    ...made,
  ]
}

/** Each makes one packet of a valid one, or of nothing. */
export const shapes = { random, forged, changed, cut, joined } as const satisfies Record<
  string,
  (random: SeededRandom, valid: readonly Buffer[]) => Buffer
>

function random(random: SeededRandom): Buffer {
  const packet = random.bytes(random.integerBelow(200))
  return packet.length >= headerBytes && random.integerBelow(2) ? withValidHeader(packet) : packet
}

const attributeTypes = Object.values(attributes).map(([type]) => type)

/** A true header, then attributes whose types are known, and whose lengths and values are not. */
function forged(random: SeededRandom): Buffer {
  const rows = Array.from({ length: random.integerBelow(5) }, () => {
    const length = random.integerBelow(random.pick([4, 12, 40, 900]) + 1)
    const row = Buffer.alloc(4 + ((length + 3) & ~3))
    row.writeUInt16BE(random.pick(attributeTypes), 0)
    row.writeUInt16BE(length, 2)
    random.bytes(length).copy(row, 4)
    return row
  })
  return withValidHeader(Buffer.concat([random.bytes(headerBytes), ...rows]))
}

/** Some bytes are others; the first of each attribute, its type and length, as likely as all the rest. */
function changed(random: SeededRandom, valid: readonly Buffer[]): Buffer {
  const packet = Buffer.from(random.pick(valid))
  for (let times = random.integerBelow(4) + 1; times > 0; times--) {
    const at = random.integerBelow(random.pick([packet.length, Math.min(packet.length, headerBytes + 4)]))
    packet[at] = random.integerBelow(2) ? random.integerBelow(256) : packet[at]! ^ (1 << random.integerBelow(8))
  }
  return packet
}

function cut(random: SeededRandom, valid: readonly Buffer[]): Buffer {
  const whole = random.pick(valid)
  const packet = Buffer.from(whole.subarray(0, random.integerBelow(whole.length + 1)))
  return packet.length >= headerBytes && random.integerBelow(2) ? withValidHeader(packet) : packet
}

/** The attributes of two in one, cut anywhere. */
function joined(random: SeededRandom, valid: readonly Buffer[]): Buffer {
  const tail = random.pick(valid).subarray(headerBytes)
  return withValidHeader(
    Buffer.concat([random.pick(valid), tail.subarray(random.integerBelow(2) * random.integerBelow(tail.length + 1))]),
  )
}

/** With the header that its length wants, so that what follows it is read. */
function withValidHeader(packet: Buffer): Buffer {
  packet[0]! &= 0x3f
  packet.writeUInt16BE(packet.length - headerBytes, 2)
  packet.writeUInt32BE(magicCookie, 4)
  return packet
}
