import { ApiError } from '../common/apiError.ts'
import type { RoomQuota } from '../rooms/store.ts'
import type { RedisConnection } from './connection.ts'
import { roomKeyOf, type RoomKeyring } from './roomKeys.ts'

/** Hash of the rooms that count towards quotas, with the network that created each and the time. */
const quotaKey = 'duet:{quota}:reserved'
/** Longest time in ms between the reservation of a room and its first write: the calls of a commit end before. */
const reservationMs = 10_000

/**
 * The number of rooms, in total and by network. A room and its reservation are in different slots, so a node can die
 * between the two writes. Therefore each reservation is checked after 10 s, and then once a minute.
 */
export class RoomQuotas {
  readonly #connection: RedisConnection
  readonly #keyring: RoomKeyring

  constructor(connection: RedisConnection, keyring: RoomKeyring) {
    this.#connection = connection
    this.#keyring = keyring
  }

  /**
   * Reserves a room before its first write. May be called again for the same room.
   * @throws {ApiError} `server-full` or `throttled`
   */
  async reserve(id: string, { networkPrefix, perNetwork, total }: RoomQuota): Promise<void> {
    const network = this.#keyring.pseudonymOf(networkPrefix)
    const answer = await this.#connection.call('reserve', [quotaKey], [id, network, perNetwork, total, reservationMs])
    if (answer === 'server-full' || answer === 'throttled') throw new ApiError(answer)
  }

  /**
   * Ends the reservation of a deleted room.
   * @param atUs Redis time of the deletion, in µs. A later reservation belongs to the next room of this name.
   */
  async release(id: string, atUs: number): Promise<void> {
    await this.#connection.call('release', [quotaKey], [id, atUs])
  }

  /** Ends the reservations of rooms that do not exist. Checks up to 100 of those that no node has checked for a minute. */
  async audit(): Promise<void> {
    const [nowUs, ...ids] = (await this.#connection.call('audit', [quotaKey])) as [number, ...string[]]
    const missing = (await this.#connection.callKeys('missing', ids.map(roomKeyOf))) as string[][]
    const beforeUs = nowUs - reservationMs * 1_000
    await Promise.all(missing.flat().map((key) => this.release(key.slice(key.lastIndexOf(':') + 1), beforeUs)))
  }
}
