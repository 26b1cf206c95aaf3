import fc from 'fast-check'
import { attributes } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { headerLength, magicCookie } from '../../../turn/stun/message.ts'
import { message } from '../../turn/messages.ts'
import * as vectors from '../../turn/vectors.ts'
import type { Dice } from './dice.ts'

/** The published vectors, and what the codec's tests make. */
export function validMessages(count: number, seed: number): Buffer[] {
  const made = fc.sample(message, { numRuns: count, seed }).map(({ header, rows, seals }) => Buffer.from(encode(header, rows, seals)))
  return [vectors.request, vectors.ipv4Response, vectors.ipv6Response, vectors.longTermRequest, vectors.sha256Request, ...made]
}

/** Each makes one packet of a valid one, or of nothing. */
export const shapes = { random, forged, changed, cut, joined } as const satisfies Record<string, (dice: Dice, valid: readonly Buffer[]) => Buffer>

function random(dice: Dice): Buffer {
  const packet = dice.bytes(dice.roll(200))
  return packet.length >= headerLength && dice.roll(2) ? crowned(packet) : packet
}

const types = Object.values(attributes).map(([type]) => type)

/** A true header, then attributes whose types are known, and whose lengths and values are not. */
function forged(dice: Dice): Buffer {
  const rows = Array.from({ length: dice.roll(5) }, () => {
    const length = dice.roll(dice.pick([4, 12, 40, 900]) + 1)
    const row = Buffer.alloc(4 + ((length + 3) & ~3))
    row.writeUInt16BE(dice.pick(types), 0)
    row.writeUInt16BE(length, 2)
    dice.bytes(length).copy(row, 4)
    return row
  })
  return crowned(Buffer.concat([dice.bytes(headerLength), ...rows]))
}

/** Some bytes are others; the first of each attribute, its type and length, as likely as all the rest. */
function changed(dice: Dice, valid: readonly Buffer[]): Buffer {
  const packet = Buffer.from(dice.pick(valid))
  for (let times = dice.roll(4) + 1; times > 0; times--) {
    const at = dice.roll(dice.pick([packet.length, Math.min(packet.length, headerLength + 4)]))
    packet[at] = dice.roll(2) ? dice.roll(256) : packet[at]! ^ (1 << dice.roll(8))
  }
  return packet
}

function cut(dice: Dice, valid: readonly Buffer[]): Buffer {
  const whole = dice.pick(valid)
  const packet = Buffer.from(whole.subarray(0, dice.roll(whole.length + 1)))
  return packet.length >= headerLength && dice.roll(2) ? crowned(packet) : packet
}

/** The attributes of two in one, cut anywhere. */
function joined(dice: Dice, valid: readonly Buffer[]): Buffer {
  const tail = dice.pick(valid).subarray(headerLength)
  return crowned(Buffer.concat([dice.pick(valid), tail.subarray(dice.roll(2) * dice.roll(tail.length + 1))]))
}

/** With the header that its length wants, so that what follows it is read. */
function crowned(packet: Buffer): Buffer {
  packet[0]! &= 0x3f
  packet.writeUInt16BE(packet.length - headerLength, 2)
  packet.writeUInt32BE(magicCookie, 4)
  return packet
}
