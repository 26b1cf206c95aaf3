import type { Limits } from '../../machines/protocol/limits.ts'

/** A rate limit that several servers count together. */
export interface SharedRate {
  /**
   * The share of its events that a key has left in this minute: 1 for all of them, 0 or less for none. It is that of the
   * last event at this server. So each server may admit one event too many.
   */
  remainingShare(key: string): number
  /** Counts an event. Resolves to false if the key has exceeded its limit. Never rejects. */
  take(key: string): Promise<boolean>
}

/** Events that an attacker could repeat at each server. `…OfSite`: of one IPv6 /48. */
export type SharedRateName =
  'failedJoins' | 'failedJoinsOfSite' | 'newRooms' | 'newRoomsOfSite' | 'asks' | 'networkAsks' | 'preparations'

/** All shared rate limits. */
export type SharedRates = Readonly<Record<SharedRateName, SharedRate>>

/** The limits that shared rates use. */
export type SharedRateLimits = Pick<
  Limits,
  | 'failedJoinsPerAddressPerMinute'
  | 'newRoomsPerAddressPerMinute'
  | 'addressBudgetsPerSite'
  | 'asksPerRoomPerMinute'
  | 'asksPerNetworkPerMinute'
  | 'preparationsPerRoomPerMinute'
>

/** The number of events of one key in a minute. */
export const sharedRatesPerMinute = (limits: SharedRateLimits): Readonly<Record<SharedRateName, number>> => ({
  failedJoins: limits.failedJoinsPerAddressPerMinute,
  failedJoinsOfSite: limits.failedJoinsPerAddressPerMinute * limits.addressBudgetsPerSite,
  newRooms: limits.newRoomsPerAddressPerMinute,
  newRoomsOfSite: limits.newRoomsPerAddressPerMinute * limits.addressBudgetsPerSite,
  asks: limits.asksPerRoomPerMinute,
  networkAsks: limits.asksPerNetworkPerMinute,
  preparations: limits.preparationsPerRoomPerMinute,
})
