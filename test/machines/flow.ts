import { assign, setup, type SnapshotFrom } from 'xstate'
import {
  abandon,
  cut,
  emptyTable,
  expire,
  isCalm,
  isCut,
  isFree,
  isTalkOfOthers,
  leave,
  load,
  type Look,
  mend,
  type Name,
  refuse,
  rise,
  seenBy,
  sit,
  type Table,
  toggle,
} from './flow.table.ts'

/**
 * What people do at a room, as they see it: doors, buttons, cables, tabs. It knows nothing of offers, epochs or mailboxes, and
 * says what each page must come to. The same paths through it are walked by the machines alone, by a real server's visitors, by
 * real sessions, and by browsers.
 */

export const acts = [
  'joins',
  'hangsUp',
  'switchesMicrophone',
  'reloads',
  'losesPath',
  'losesLink',
  'linkReturns',
  'walksAway',
  'closesTab',
  'comesBack',
] as const
export type Act = (typeof acts)[number]
export type FlowEvent = { type: `${Name}.${Act}` } | { type: 'grace.passes' }
export type Flow = ReturnType<typeof flowOf>
export type FlowSnapshot = SnapshotFrom<Flow>

export type Place = 'lobby' | 'online' | 'offline' | 'late' | 'away' | 'gone' | 'closed' | 'left' | 'refused'

const change = (how: (table: Table, who: Name) => Table) =>
  assign<Table, FlowEvent, { who: Name }, FlowEvent, never>(({ context }, { who }) => how(context, who))

/** @param people who takes part, and what each of them does */
export function flowOf(people: Partial<Record<Name, readonly Act[]>>) {
  const names = Object.keys(people) as Name[]
  const flow = setup({
    types: { context: {} as Table, events: {} as FlowEvent },
    guards: {
      isFree: ({ context }, { who }: { who: Name }) => isFree(context) && !isTalkOfOthers(context, who),
      isFull: ({ context }) => !isFree(context),
      isCalm: ({ context }) => isCalm(context) && !isCut(context),
      isMissed: ({ context }) => !isCalm(context),
      isCall: ({ context }) => isCalm(context) && context.isCall,
    },
    actions: {
      sit: change(sit),
      rise: change(rise),
      cut: change(cut),
      mend: change(mend),
      refuse: change(refuse),
      leave: change(leave),
      abandon: change(abandon),
      load: change(load),
      toggle: change(toggle),
      expire: assign(({ context }) => expire(context)),
      mendPath: () => undefined,
    },
  })

  function personOf(who: Name) {
    const can = (act: Act): boolean => people[who]?.includes(act) ?? false
    const by = (type: string) => ({ type, params: { who } })
    const refused = { target: 'refused', actions: by('refuse') }
    /** While two talk of whom one has no seat, no third comes in: tests of their own tell what happens then (faults/browser/continuity). */
    const enter = [
      { guard: by('isFree'), target: 'online', actions: by('sit') },
      can('losesLink') ? refused : { guard: 'isFull', ...refused },
    ]
    /** What this person never does is no part of the picture. */
    const on = (moves: Partial<Record<Act, object | string>>) =>
      Object.fromEntries(acts.filter(can).flatMap((act) => (moves[act] ? [[`${who}.${act}`, moves[act]]] : [])))
    return {
      initial: 'lobby',
      states: {
        lobby: { on: on({ joins: enter }) },
        online: {
          on: on({
            hangsUp: { target: 'left', actions: by('rise') },
            switchesMicrophone: { actions: by('toggle') },
            reloads: { actions: by('load') },
            /** What carries the call breaks, and is mended by the two themselves. */
            losesPath: { guard: 'isCall', actions: 'mendPath' },
            losesLink: { guard: 'isCalm', target: 'offline', actions: by('cut') },
            walksAway: { guard: 'isCalm', target: 'away', actions: by('leave') },
            closesTab: { guard: 'isCalm', target: 'closed', actions: by('abandon') },
          }),
        },
        left: { on: on({ joins: enter }) },
        refused: { on: on({ joins: enter }) },
        ...(can('losesLink') && {
          /** Cut off, with a seat that waits. */
          offline: {
            on: {
              ...on({ linkReturns: { target: 'online', actions: by('mend') } }),
              'grace.passes': { target: 'late', actions: 'expire' },
            },
          },
          /** Cut off for too long. */
          late: { on: on({ linkReturns: enter }) },
        }),
        ...(can('walksAway') && {
          /** The tab is elsewhere, and knows its seat. */
          away: {
            on: {
              ...on({ comesBack: { target: 'online', actions: by('load') } }),
              'grace.passes': { target: 'gone', actions: 'expire' },
            },
          },
          gone: { on: on({ comesBack: enter }) },
        }),
        /** What the tab knew is gone with it. */
        ...(can('closesTab') && { closed: { on: on({ comesBack: 'lobby' }) } }),
      },
    }
  }

  const config: object = {
    id: 'flow',
    type: 'parallel',
    context: emptyTable,
    states: Object.fromEntries(names.map((who) => [who, personOf(who)])),
    on: { 'grace.passes': { guard: 'isMissed', actions: 'expire' } },
  }
  // Who takes part is known when it runs, and not to the compiler.
  return flow.createMachine(config as { id: 'flow'; context: Table })
}

export const placeOf = ({ value }: FlowSnapshot, who: Name): Place => (value as unknown as Record<Name, Place>)[who]
export const peopleIn = ({ value }: FlowSnapshot): Name[] => Object.keys(value as unknown as object) as Name[]

const leftLook = { room: 'empty', peer: 'absent', isOnline: null, hears: null } as const

/** What a person's page must say; null where there is no page. */
export function lookOf(snapshot: FlowSnapshot, who: Name): Look | null {
  const { context } = snapshot
  switch (placeOf(snapshot, who)) {
    case 'lobby':
      return { ...leftLook, membership: 'lobby', call: 'idle' }
    case 'online':
      return seenBy(context, who)
    case 'offline':
    case 'late':
      return context.frozen[who] ?? null
    case 'left':
      return { ...leftLook, membership: 'left', call: 'hangup' }
    case 'refused':
      return { ...leftLook, membership: 'left', call: context.seated.includes(who) ? 'hangup' : 'idle' }
    default:
      return null
  }
}

export type Looks = Partial<Record<Name, Look | null>>
export const looksOf = (snapshot: FlowSnapshot): Looks =>
  Object.fromEntries(peopleIn(snapshot).map((who) => [who, lookOf(snapshot, who)]))
