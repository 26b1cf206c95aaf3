/** What there is to know of a room with people in it, besides what each of them does: who has which chair, and whether two are in a call. */

export type Name = 'a' | 'b' | 'c'

/** What a person's page says. Frozen while the page has no line to the server. */
export interface Look {
  membership: 'lobby' | 'joined' | 'left'
  room: 'empty' | 'created' | 'ready' | 'full'
  call: 'idle' | 'offering' | 'answering' | 'connected' | 'hangup'
  peer: 'absent' | 'connected' | 'disconnected'
  /** Inside, whether the page has a line to the server; else null. */
  isOnline: boolean | null
  /** Whether the other side's microphone is on; null where nobody is there to say. */
  hears: boolean | null
}

interface Chair {
  /** Null: a page that was closed for good; nobody can come back to it. */
  who: Name | null
  isHere: boolean
  /** What its holder's call does until it is connected. */
  asks: 'offering' | 'answering'
}

export interface Table {
  chairs: Chair[]
  /** The two have found each other, and neither has begun anew since. */
  isCall: boolean
  /** Two who were in a call when the room forgot one of them: they talk on. Else nobody. */
  talk: Name[]
  /** What those see who are cut off. */
  frozen: Partial<Record<Name, Look>>
  /** Whose page has had a seat. */
  seated: Name[]
  muted: Name[]
}

export const emptyTable: Table = { chairs: [], isCall: false, talk: [], frozen: {}, seated: [], muted: [] }

export const isFree = ({ chairs }: Table): boolean => chairs.length < 2
export const isTalkOfOthers = ({ talk }: Table, who: Name): boolean => talk.length > 0 && !talk.includes(who)
/** Nobody is missed. */
export const isCalm = ({ chairs }: Table): boolean => chairs.every(({ isHere }) => isHere)
export const isCut = ({ frozen }: Table): boolean => Object.values(frozen).some((look) => look)

const byName = (one: Chair, other: Chair): number => String(one.who).localeCompare(String(other.who))
const without = (names: readonly Name[], who: Name): Name[] => names.filter((name) => name !== who)

/** Two who are both there are in a call in a moment; one who is alone waits with an offer. */
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

/** Who hangs up says so on the way that the media takes: whoever is cut off from the room hears it all the same. */
function endFor(table: Table, who: Name): Table {
  const pair = table.isCall ? table.chairs.map((chair) => chair.who) : table.talk
  const [other] = pair.includes(who) ? pair.filter((name) => name !== who) : []
  const look = other && table.frozen[other]
  return look ? { ...table, frozen: { ...table.frozen, [other]: { ...look, call: 'hangup' } } } : table
}

/** Of two who talk on, one is not there for it any more. */
const hush = (table: Table, who: Name): Table => (table.talk.includes(who) ? { ...table, talk: [] } : table)

const thaw = (table: Table, who: Name): Table => ({ ...table, frozen: { ...table.frozen, [who]: undefined } })

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
export const rise = (table: Table, who: Name): Table =>
  settle({ ...hush(endFor(table, who), who), isCall: false, chairs: table.chairs.filter((chair) => chair.who !== who) })
export const cut = (table: Table, who: Name): Table => ({
  ...change(table, who, { isHere: false }),
  frozen: { ...table.frozen, [who]: { ...seenBy(table, who), isOnline: false, hears: null } },
})
export const mend = (table: Table, who: Name): Table => change(thaw(table, who), who, { isHere: true })
export const refuse = (table: Table, who: Name): Table => hush(thaw(table, who), who)
/** The page goes; whoever comes back to this chair knows nothing of the call. */
export const leave = (table: Table, who: Name): Table => change(forgetPage(table, who), who, { isHere: false })
export const abandon = (table: Table, who: Name): Table =>
  change(forgetPage(table, who), who, { isHere: false, who: null })
export const load = (table: Table, who: Name): Table =>
  change({ ...forgetPage(table, who), isCall: false, seated: [...without(table.seated, who), who].sort() }, who, {
    isHere: true,
    asks: 'offering',
  })
/** Chairs are kept for so long, and no longer. */
export function expire(table: Table): Table {
  if (isCalm(table)) return table
  const talk =
    table.isCall && table.chairs.every((chair) => hasPage(table, chair))
      ? table.chairs.map(({ who }) => who!)
      : table.talk
  return settle({ ...table, isCall: false, talk, chairs: table.chairs.filter(({ isHere }) => isHere) })
}
/** Who is not there may only be cut off. */
const hasPage = ({ frozen }: Table, { who, isHere }: Chair): boolean =>
  isHere || (who !== null && frozen[who] !== undefined)
export const toggle = (table: Table, who: Name): Table => ({
  ...table,
  muted: table.muted.includes(who) ? without(table.muted, who) : [...table.muted, who].sort(),
})

const forgetPage = (table: Table, who: Name): Table => ({
  ...hush(table, who),
  seated: without(table.seated, who),
  muted: without(table.muted, who),
})

/** What one sees who sits at the table and has a line to it. */
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
