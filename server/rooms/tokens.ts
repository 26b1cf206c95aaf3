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
  /** The epoch of the claim that the token was issued for. */
  epoch: number
  /** False if an earlier run, or another server with the same secret, issued the token. */
  isFromThisRun: boolean
}

/**
 * Issues and verifies seat tokens: `payload.mac`, both base64url. The MAC is HMAC-SHA-256 (RFC 2104) over the payload
 * and the room name. A token is thus valid for one seat of one room. A later run verifies it with the persistent
 * secret. Within a run, the room decides which tokens are current: it stores their hashes.
 */
export class SeatTokens {
  readonly #keys: readonly Buffer[]
  readonly #runId = randomBytes(fieldBytes.run)

  /** @param keys 256 bits each, newest first. The first one signs; all of them verify. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    this.#keys = keys
  }

  /** Returns a new token. @param epoch an integer below 2^48 */
  issue(room: string, seat: SeatName, epoch: number): string {
    const payload = Buffer.alloc(payloadBytes)
    payload.writeUInt8((tokenVersion << 1) | (seat === 'a' ? 0 : 1), 0)
    payload.writeUIntBE(epoch, fieldBytes.head, fieldBytes.epoch)
    this.#runId.copy(payload, fieldBytes.head + fieldBytes.epoch)
    randomBytes(fieldBytes.nonce).copy(payload, payloadBytes - fieldBytes.nonce)
    return `${payload.toString('base64url')}.${computeMac(this.#keys[0]!, payload, room).toString('base64url')}`
  }

  /** Returns the payload; null if none of the keys signed the token for this room. Compares in constant time. */
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

/** The SHA-256 of a token or join key. Both have at least 128 random bits, so a plain hash is sufficient. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** A random id of a mailbox. It makes positions in an earlier mailbox of the same seat invalid. */
export const newMailboxId = (): string =>
  randomInt(36 ** 9)
    .toString(36)
    .padStart(6, '0')
