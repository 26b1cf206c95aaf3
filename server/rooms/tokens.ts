import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { SeatName } from '../../machines/protocol/messages.ts'

/** The fields of the payload, in bytes: version and seat, epoch, run of the server, nonce. */
const fieldBytes = { head: 1, epoch: 6, run: 8, nonce: 16 }
const payloadBytes = fieldBytes.head + fieldBytes.epoch + fieldBytes.run + fieldBytes.nonce
/** The only version, in the upper bits of the first byte. */
const tokenVersion = 1

/** The payload of a signed token. */
export interface TokenPayload {
  seat: SeatName
  /** The epoch of the claim that it was issued for. */
  epoch: number
  /** False: it was given by an earlier run of the server, or by another server with the same secret. */
  isFromThisRun: boolean
}

/**
 * Makes and reads seat tokens: `payload.mac`, both base64url. The MAC is HMAC-SHA-256 (RFC 2104) over the payload and the room's name, so a
 * token is good for one seat of one room, and a later run of the server knows it again by the lasting secret. Within a run the room
 * itself says which tokens are in force: it keeps their hashes.
 */
export class SeatTokens {
  readonly #keys: readonly Buffer[]
  readonly #runId = randomBytes(fieldBytes.run)

  /** @param keys 256 bits each, newest first: the first one signs, each of them verifies. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    this.#keys = keys
  }

  /** @param epoch a whole number below 2^48 */
  issue(room: string, seat: SeatName, epoch: number): string {
    const payload = Buffer.alloc(payloadBytes)
    payload.writeUInt8((tokenVersion << 1) | (seat === 'a' ? 0 : 1), 0)
    payload.writeUIntBE(epoch, fieldBytes.head, fieldBytes.epoch)
    this.#runId.copy(payload, fieldBytes.head + fieldBytes.epoch)
    randomBytes(fieldBytes.nonce).copy(payload, payloadBytes - fieldBytes.nonce)
    return `${payload.toString('base64url')}.${computeMac(this.#keys[0]!, payload, room).toString('base64url')}`
  }

  /** Null for what no key of ours has signed for this room. */
  verify(room: string, token: string): TokenPayload | null {
    const [payload, mac] = token.split('.').map((part) => Buffer.from(part, 'base64url'))
    if (payload?.length !== payloadBytes || !mac || payload[0]! >> 1 !== tokenVersion) return null
    const isSigned = this.#keys.some((key) => {
      const expected = computeMac(key, payload, room)
      return mac.length === expected.length && timingSafeEqual(mac, expected)
    })
    if (!isSigned) return null
    const [run, nonce] = [fieldBytes.head + fieldBytes.epoch, payloadBytes - fieldBytes.nonce]
    return {
      seat: payload[0]! & 1 ? 'b' : 'a',
      epoch: payload.readUIntBE(fieldBytes.head, fieldBytes.epoch),
      isFromThisRun: payload.subarray(run, nonce).equals(this.#runId),
    }
  }
}

const computeMac = (key: Buffer, payload: Buffer, room: string): Buffer =>
  createHmac('sha256', key).update(payload).update(room).digest()

/** A plain hash will do: tokens and keys have 128 random bits or more, so there is nothing to guess. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Identifies one mailbox, so that a position in an earlier one of the same seat is recognized. */
export const newMailboxId = (): string =>
  randomInt(36 ** 9)
    .toString(36)
    .padStart(6, '0')
