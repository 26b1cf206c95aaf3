/** The state of a room apart from the actions of its people: the holder of each seat, and whether two are in a call. */

export type Name = 'a' | 'b' | 'c'

/** The state that a person's page shows. It is frozen while the page has no signaling connection. */
export interface Look {
  membership: 'lobby' | 'joined' | 'left'
  room: 'empty' | 'created' | 'ready' | 'full'
  call: 'idle' | 'offering' | 'answering' | 'connected' | 'hangup'
  peer: 'absent' | 'connected' | 'disconnected'
  /** Whether a joined page has a signaling connection; else null. */
  isOnline: boolean | null
  /** Whether the peer's microphone is on; null without a peer. */
  hears: boolean | null
}

interface Chair {
  /** Null when the page was closed for good; no visitor can come back to this seat. */
  who: Name | null
  isHere: boolean
  /** State of the holder's call until it is connected. */
  asks: 'offering' | 'answering'
}

/** A room with its seats and calls. */
export interface Table {
  chairs: Chair[]
  /** The call was connected, and neither page has started again since. */
  isCall: boolean
  /** Two people in a call when the room lost one of them; their call continues. Else empty. */
  talk: Name[]
  /** The frozen state of each disconnected page. */
  frozen: Partial<Record<Name, Look>>
  /** People whose page has had a seat. */
  seated: Name[]
  muted: Name[]
}

export const emptyTable: Table = { chairs: [], isCall: false, talk: [], frozen: {}, seated: [], muted: [] }

/** Whether a seat is free. */
export const isFree = ({ chairs }: Table): boolean => chairs.length < 2
/** Whether two other people continue a call without the room. */
export const isTalkOfOthers = ({ talk }: Table, who: Name): boolean => talk.length > 0 && !talk.includes(who)
/** No seat waits for its holder. */
export const isCalm = ({ chairs }: Table): boolean => chairs.every(({ isHere }) => isHere)
/** Whether any page is disconnected. */
export const isCut = ({ frozen }: Table): boolean => Object.values(frozen).some((look) => look)

const byName = (one: Chair, other: Chair): number => String(one.who).localeCompare(String(other.who))
const without = (names: readonly Name[], who: Name): Name[] => names.filter((name) => name !== who)

/** Two connected visitors are in a call after a moment; a visitor who is alone waits with an offer. */
function settle(table: Table): Table {
  const { chairs } = table
  if (chairs.length === 2 && !isCalm(table)) return table
  return {
    ...table,
    isCall: chairs.length === 2,
    talk: chairs.length === 2 ? [] : table.talk,
    chairs: chairs.map((chair) => ({ ...chair, asks: 'offering' })),
  }
}

const change = (table: Table, who: Name, how: Partial<Chair>): Table =>
  settle({ ...table, chairs: table.chairs.map((chair) => (chair.who === who ? { ...chair, ...how } : chair)) })

/** Two people are in a call with each other, and both pages are connected to the server. */
export const isCallWith = (table: Table, who: Name, other: Name): boolean =>
  table.isCall && isCalm(table) && [who, other].every((name) => table.chairs.some((chair) => chair.who === name))
/** A page without signaling believes that it is in a call. */
export const isCallCut = ({ frozen }: Table): boolean =>
  Object.values(frozen).some((look) => look?.call === 'connected')
/** The page of the peer in the call is gone, and its seat has not been claimed again. */
export const isLeftBehind = (table: Table, who: Name): boolean =>
  table.isCall && table.chairs.some((chair) => chair.who !== who && !hasPage(table, chair))

/** One of the two leaves a call that continued without the room. */
const hush = (table: Table, who: Name): Table => (table.talk.includes(who) ? { ...table, talk: [] } : table)

const thaw = (table: Table, who: Name): Table => ({ ...table, frozen: { ...table.frozen, [who]: undefined } })

/** Takes a seat. */
export const sit = (table: Table, who: Name): Table =>
  settle({
    ...thaw(table, who),
    isCall: false,
    seated: [...without(table.seated, who), who].sort(),
    chairs: [
      ...table.chairs,
      { who, isHere: true, asks: table.chairs.length > 0 ? ('answering' as const) : ('offering' as const) },
    ].sort(byName),
  })
/** Leaves the call and frees the seat. */
export const rise = (table: Table, who: Name): Table =>
  settle({ ...table, isCall: false, chairs: table.chairs.filter((chair) => chair.who !== who) })
/** Disconnects a page from the server. */
export const cut = (table: Table, who: Name): Table => ({
  ...change(table, who, { isHere: false }),
  frozen: { ...table.frozen, [who]: { ...seenBy(table, who), isOnline: false, hears: null } },
})
/** Reconnects a page to its seat. */
export const mend = (table: Table, who: Name): Table => change(thaw(table, who), who, { isHere: true })
/** Rejects a page; a call that continued without the room ends. */
export const refuse = (table: Table, who: Name): Table => hush(thaw(table, who), who)
/** The page goes away; a later page on this seat does not know the call. */
export const leave = (table: Table, who: Name): Table => change(forgetPage(table, who), who, { isHere: false })
/** Closes the page for good; its seat stays until the grace period ends. */
export const abandon = (table: Table, who: Name): Table =>
  change(forgetPage(table, who), who, { isHere: false, who: null })
/** Loads the page again on its seat. */
export const load = (table: Table, who: Name): Table =>
  change({ ...forgetPage(table, who), isCall: false, seated: [...without(table.seated, who), who].sort() }, who, {
    isHere: true,
    asks: 'offering',
  })
/** The grace period ends. */
export function expire(table: Table): Table {
  if (isCalm(table)) return table
  const talk =
    table.isCall && table.chairs.every((chair) => hasPage(table, chair))
      ? table.chairs.map(({ who }) => who!)
      : table.talk
  return settle({ ...table, isCall: false, talk, chairs: table.chairs.filter(({ isHere }) => isHere) })
}
/** An absent person may still have a page that is only disconnected. */
const hasPage = ({ frozen }: Table, { who, isHere }: Chair): boolean =>
  isHere || (who !== null && frozen[who] !== undefined)
/** Mutes or unmutes the microphone. */
export const toggle = (table: Table, who: Name): Table => ({
  ...table,
  muted: table.muted.includes(who) ? without(table.muted, who) : [...table.muted, who].sort(),
})

const forgetPage = (table: Table, who: Name): Table => ({
  ...hush(table, who),
  seated: without(table.seated, who),
  muted: without(table.muted, who),
})

/** Returns the state that the page of a seated, connected person shows. */
export function seenBy({ chairs, isCall, talk, muted }: Table, who: Name): Look {
  const own = chairs.find((chair) => chair.who === who)
  const other = chairs.find((chair) => chair !== own)
  return {
    membership: 'joined',
    isOnline: true,
    room: !other ? 'created' : isCall ? 'full' : 'ready',
    call: isCall || talk.includes(who) ? 'connected' : (own?.asks ?? 'offering'),
    peer: !other ? 'absent' : other.isHere ? 'connected' : 'disconnected',
    hears: isCall && other?.who && other.isHere ? !muted.includes(other.who) : null,
  }
}
