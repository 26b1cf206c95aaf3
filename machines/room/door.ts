import { serverLimits } from '../protocol/limits.ts'
import { timeouts } from '../protocol/timeouts.ts'
import { roomPolicies, type RoomPolicy } from '../protocol/vocabulary.ts'

/** The visitor at the door of a room: it asks for admission, or is admitted and about to join. */
export interface DoorVisitor {
  /** Names this request in the holder's answer. */
  id: number
  /** SHA-256 of the join key. Only a join with this key may take the seat. */
  keyHash: string
  /** Hash of the visitor's network. */
  source: string
  name: string
  /** Increases with each connection of the visitor, so that late events of an abandoned socket can be rejected. */
  visit: number
  isAdmitted: boolean
  /**
   * Deadline (ms since 1970) after which a disconnected or an admitted visitor leaves the door; null while it is connected
   * and asks.
   */
  expiresAt: number | null
}

/** A declined visitor. A new page has a new key, so its network counts too. */
export interface Decline {
  keyHash: string
  source: string
  /** How often the visitor was declined. */
  count: number
  /** Time (ms since 1970) from which the visitor may ask again. */
  until: number
}

/**
 * The holder whose seat expired while the other holder stayed. The call may continue without the server, so this holder
 * returns without a new admission.
 */
export interface FormerHolder {
  /** Hashes of the two tokens that were valid. */
  tokenHashes: string[]
  /** Deadline (ms since 1970) of the return; null while the other holder reports media. */
  until: number | null
}

/** A request for admission. `at`: ms since 1970. */
export interface Ask {
  keyHash: string
  source: string
  name: string
  at: number
}

/** One attempt of the waiting holder and a visitor in the lobby to make a connection before the visitor joins. */
export interface Preparation {
  /** Names this attempt. A later attempt has a greater number. */
  id: number
  /** SHA-256 of the join key of a visitor that asks; null for a visitor that only looks. */
  keyHash: string | null
}

/** A request for a preparation. `keyHash` as in `Preparation`. `at`: ms since 1970. */
export interface PreparationRequest {
  keyHash: string | null
  source: string
  at: number
}

export interface DoorContext {
  policy: RoomPolicy
  visitor: DoorVisitor | null
  declined: Decline[]
  former: FormerHolder | null
  preparation: Preparation | null
}

/** The door of a room that does not exist yet. */
export const closedDoor: DoorContext = { policy: 'open', visitor: null, declined: [], former: null, preparation: null }

type Identity = { keyHash: string | null; source: string }

/** Returns the newest decline of this visitor; undefined if there is none. */
export const findDecline = ({ declined }: DoorContext, { keyHash, source }: Identity): Decline | undefined =>
  declined.find((decline) => decline.keyHash === keyHash || decline.source === source)

/** Returns true while the free seat belongs to a former holder whose call goes on. An open room is open. */
export const isSeatKept = ({ policy, former }: DoorContext): boolean => policy !== 'open' && former?.until === null

/** Returns true if the door is free for this visitor now. */
export const mayAsk = (door: DoorContext, ask: Omit<Ask, 'name'>): boolean =>
  door.policy === 'ask' &&
  !isSeatKept(door) &&
  door.visitor === null &&
  (findDecline(door, ask)?.until ?? -Infinity) <= ask.at

/**
 * Returns true if this visitor may prepare a connection now: there is one attempt at a time, and a visitor that asks
 * goes before one that only looks.
 */
export const mayPrepare = (door: DoorContext, request: PreparationRequest): boolean =>
  door.policy !== 'locked' &&
  !isSeatKept(door) &&
  door.preparation === null &&
  (door.visitor === null || door.visitor.keyHash === request.keyHash) &&
  (findDecline(door, request)?.until ?? -Infinity) <= request.at

/** Returns the preparation after this visitor came to the door, or left it: that of another visitor ends. */
export const preparationOf = ({ preparation }: DoorContext, keyHash: string | null): Preparation | null =>
  preparation?.keyHash === keyHash ? preparation : null

/** Returns true if a join with this key, or with this former token, may take a free seat. */
export const mayEnter = (
  { policy, visitor, former }: DoorContext,
  keyHash: string,
  formerTokenHash: string | null,
): boolean =>
  policy === 'open' ||
  (visitor?.isAdmitted === true && visitor.keyHash === keyHash) ||
  (formerTokenHash !== null && former?.tokenHashes.includes(formerTokenHash) === true)

/** Returns the door after the policy changed. A visitor and a former holder without a call have to ask again. */
export const withPolicy = (door: DoorContext, policy: RoomPolicy): DoorContext => ({
  ...door,
  policy,
  visitor: null,
  former: door.former?.until === null ? door.former : null,
  preparation: null,
})

/** Returns the declined visitors, newest first, after this one was declined. `at`: ms since 1970. */
export function addDecline(
  door: DoorContext,
  { keyHash, source }: Pick<Ask, 'keyHash' | 'source'>,
  at: number,
): Decline[] {
  const previous = findDecline(door, { keyHash, source })
  const count = previous && previous.count < serverLimits.asksPerVisitor ? previous.count + 1 : 1
  const until = at + (count < serverLimits.asksPerVisitor ? timeouts.askAgainMs : timeouts.askPauseMs)
  const others = door.declined.filter((decline) => decline !== previous)
  return [{ keyHash, source, count, until }, ...others].slice(0, serverLimits.declinedVisitorsPerRoom)
}

/** Returns the policy that admits fewer visitors. */
export const stricterPolicy = (one: RoomPolicy, other: RoomPolicy): RoomPolicy =>
  roomPolicies.indexOf(one) > roomPolicies.indexOf(other) ? one : other
