import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { SeatName } from '../../machines/protocol/messages.ts'

/** The payload of a token, in bytes: form and seat, epoch, run of the server, nonce. */
const sizes = { head: 1, epoch: 6, run: 8, nonce: 16 }
const payloadBytes = sizes.head + sizes.epoch + sizes.run + sizes.nonce
/** The only form there is, in the upper bits of the first byte. */
const form = 1

/** What a signed token says of itself. */
export interface Claim {
  seat: SeatName
  /** The epoch of the visit that it was given to. */
  epoch: number
  /** False: it was given by an earlier run of the server, or by another server with the same secret. */
  isOfThisRun: boolean
}

/**
 * Makes and reads seat tokens: `payload.mac`, both base64url. The MAC is HMAC-SHA-256 (RFC 2104) over the payload and the room's name, so a
 * token is good for one seat of one room, and a later run of the server knows it again by the lasting secret. Within a run the room
 * itself says which tokens are in force: it keeps their hashes.
 */
export class Tokens {
  readonly #keys: readonly Buffer[]
  readonly #run = randomBytes(sizes.run)

  /** @param keys 256 bits each, newest first: the first one signs, each of them verifies. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    this.#keys = keys
  }

  /** @param epoch a whole number below 2^48 */
  issue(room: string, seat: SeatName, epoch: number): string {
    const payload = Buffer.alloc(payloadBytes)
    payload.writeUInt8((form << 1) | (seat === 'a' ? 0 : 1), 0)
    payload.writeUIntBE(epoch, sizes.head, sizes.epoch)
    this.#run.copy(payload, sizes.head + sizes.epoch)
    randomBytes(sizes.nonce).copy(payload, payloadBytes - sizes.nonce)
    return `${payload.toString('base64url')}.${macOf(this.#keys[0]!, payload, room).toString('base64url')}`
  }

  /** Null for what no key of ours has signed for this room. */
  read(room: string, token: string): Claim | null {
    const [payload, mac] = token.split('.').map((part) => Buffer.from(part, 'base64url'))
    if (payload?.length !== payloadBytes || !mac || payload[0]! >> 1 !== form) return null
    const isSigned = this.#keys.some((key) => {
      const expected = macOf(key, payload, room)
      return mac.length === expected.length && timingSafeEqual(mac, expected)
    })
    if (!isSigned) return null
    const [run, nonce] = [sizes.head + sizes.epoch, payloadBytes - sizes.nonce]
    return {
      seat: payload[0]! & 1 ? 'b' : 'a', epoch: payload.readUIntBE(sizes.head, sizes.epoch),
      isOfThisRun: payload.subarray(run, nonce).equals(this.#run),
    }
  }
}

const macOf = (key: Buffer, payload: Buffer, room: string): Buffer => createHmac('sha256', key).update(payload).update(room).digest()

/** A plain hash will do: tokens and keys have 128 random bits or more, so there is nothing to guess. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Marks one life of a mailbox, so that a position in an earlier one is known for what it is. */
export const newEpoch = (): string => randomInt(36 ** 9).toString(36).padStart(6, '0')
