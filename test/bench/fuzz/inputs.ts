import fc from 'fast-check'
import { attributes } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { headerBytes, magicCookie } from '../../../turn/stun/message.ts'
import { messages } from '../../turn/messageFixtures.ts'
import * as vectors from '../../turn/vectors.ts'
import type { SeededRandom } from '../harness/seededRandom.ts'

/** The published test vectors and `count` random messages of the codec's tests. */
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

/** Generators: each makes one packet, from a valid message or from random bytes. */
export const shapes = { random, forged, changed, cut, joined } as const satisfies Record<
  string,
  (random: SeededRandom, valid: readonly Buffer[]) => Buffer
>

function random(random: SeededRandom): Buffer {
  const packet = random.bytes(random.integerBelow(200))
  return packet.length >= headerBytes && random.integerBelow(2) ? withValidHeader(packet) : packet
}

const attributeTypes = Object.values(attributes).map(([type]) => type)

/** A valid header, then attributes with known types, and random lengths and values. */
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

/** Changes one to four bytes. Half of the changes are in the header or the first attribute's type and length. */
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

/** Joins the attributes of two messages. Half of the time the second part is cut. */
function joined(random: SeededRandom, valid: readonly Buffer[]): Buffer {
  const tail = random.pick(valid).subarray(headerBytes)
  return withValidHeader(
    Buffer.concat([random.pick(valid), tail.subarray(random.integerBelow(2) * random.integerBelow(tail.length + 1))]),
  )
}

/** Corrects length and magic cookie in place, so that the decoder reads the attributes. */
function withValidHeader(packet: Buffer): Buffer {
  packet[0]! &= 0x3f
  packet.writeUInt16BE(packet.length - headerBytes, 2)
  packet.writeUInt32BE(magicCookie, 4)
  return packet
}
