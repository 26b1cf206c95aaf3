import { assign, setup, type SnapshotFrom } from 'xstate'
import {
  abandon,
  cut,
  emptyTable,
  expire,
  isCalm,
  isCallWith,
  isCallCut,
  isCut,
  isLeftBehind,
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
 * The actions of people in a room as they see them: doors, buttons, cables, tabs. The model knows no offers, epochs or
 * mailboxes; it predicts the state of each page. The machines alone, clients of a real server, real sessions and
 * browsers follow the same paths.
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

/** Where a person is; `late` and `gone` mean after the grace period. */
export type Place = 'lobby' | 'online' | 'offline' | 'late' | 'away' | 'gone' | 'closed' | 'left' | 'refused'

const change = (how: (table: Table, who: Name) => Table) =>
  assign<Table, FlowEvent, { who: Name }, FlowEvent, never>(({ context }, { who }) => how(context, who))

/** @param people the participants, with the actions of each */
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
      /**
       * No page is in a call without signaling. Such a page leaves when it learns of the hang-up. Another test covers
       * that case (client/session/connectMachines.test.ts).
       */
      mayHangUp: ({ context }) => !isCallCut(context),
      isCallWith: ({ context }, { who, other }: { who: Name; other: Name }) => isCallWith(context, who, other),
      isLeftBehind: ({ context }, { who }: { who: Name }) => isLeftBehind(context, who),
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
    const isAbsentee = (name: Name): boolean =>
      ['walksAway', 'closesTab'].some((act) => people[name]?.includes(act as Act))
    /** Only another person can lose the signaling connection during a call. */
    const mayBeCut = names.some((name) => name !== who && people[name]?.includes('losesLink'))
    const by = (type: string) => ({ type, params: { who } })
    const refused = { target: 'refused', actions: by('refuse') }
    /**
     * While two talk and one of them has no seat, no third visitor enters. Other tests cover that case
     * (faults/browser/continuity).
     */
    const enter = [
      { guard: by('isFree'), target: 'online', actions: by('sit') },
      can('losesLink') ? refused : { guard: 'isFull', ...refused },
    ]
    /** The machine contains only actions that this person can take. */
    const on = (moves: Partial<Record<Act, object | string>>) =>
      Object.fromEntries(acts.filter(can).flatMap((act) => (moves[act] ? [[`${who}.${act}`, moves[act]]] : [])))
    return {
      initial: 'lobby',
      states: {
        lobby: { on: on({ joins: enter }) },
        online: {
          on: {
            /** The peer hung up, or its page is gone: the call is over for both. */
            ...Object.fromEntries(
              names
                .filter((other) => other !== who && people[other]?.includes('hangsUp'))
                .map((other) => [
                  `${other}.hangsUp`,
                  { guard: { type: 'isCallWith', params: { who, other } }, target: 'left', actions: by('rise') },
                ]),
            ),
            ...(names.some((other) => other !== who && isAbsentee(other)) && {
              'grace.passes': { guard: by('isLeftBehind'), target: 'left', actions: [by('rise'), 'expire'] },
            }),
            ...on({
              hangsUp: { ...(mayBeCut && { guard: 'mayHangUp' }), target: 'left', actions: by('rise') },
              switchesMicrophone: { actions: by('toggle') },
              reloads: { actions: by('load') },
              /** The media transport breaks, and the two pages restore it themselves. */
              losesPath: { guard: 'isCall', actions: 'mendPath' },
              losesLink: { guard: 'isCalm', target: 'offline', actions: by('cut') },
              walksAway: { guard: 'isCalm', target: 'away', actions: by('leave') },
              closesTab: { guard: 'isCalm', target: 'closed', actions: by('abandon') },
            }),
          },
        },
        left: { on: on({ joins: enter }) },
        refused: { on: on({ joins: enter }) },
        ...(can('losesLink') && {
          /** Disconnected, with a reserved seat. */
          offline: {
            on: {
              ...on({ linkReturns: { target: 'online', actions: by('mend') } }),
              'grace.passes': { target: 'late', actions: 'expire' },
            },
          },
          /** Disconnected for longer than the grace period. */
          late: { on: on({ linkReturns: enter }) },
        }),
        ...(can('walksAway') && {
          /** The tab shows another page and remembers its seat. */
          away: {
            on: {
              ...on({ comesBack: { target: 'online', actions: by('load') } }),
              'grace.passes': { target: 'gone', actions: 'expire' },
            },
          },
          gone: { on: on({ comesBack: enter }) },
        }),
        /** The memory of the tab is lost with it. */
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
  // The participants are known at run time only, not to the compiler.
  return flow.createMachine(config as { id: 'flow'; context: Table })
}

/** Returns the place of a person. */
export const placeOf = ({ value }: FlowSnapshot, who: Name): Place => (value as Record<Name, Place>)[who]
/** Returns the names of all people. */
export const peopleIn = ({ value }: FlowSnapshot): Name[] => Object.keys(value) as Name[]

const leftLook = { room: 'empty', peer: 'absent', isOnline: null, hears: null } as const

/** Returns the state that a person's page must show; null without a page. */
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
/** Returns the state that each page must show. */
export const looksOf = (snapshot: FlowSnapshot): Looks =>
  Object.fromEntries(peopleIn(snapshot).map((who) => [who, lookOf(snapshot, who)]))
