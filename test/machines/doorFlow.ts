import { assign, setup, type SnapshotFrom } from 'xstate'
import { expect, vi } from 'vitest'
import type { RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import { deadlineMs } from '../deadline.ts'
import { type Step, tours, wayTo } from './graph.ts'

/**
 * The actions of two people at the door of a room, as they see it. Ann opens the room and answers. Ben visits it. The
 * model knows no requests and no events of the server; it predicts the state of each page.
 */

export type AnnAct = 'joins' | 'hangsUp' | 'reloads' | 'admits' | 'declines' | RoomPolicy
export type BenAct = 'joins' | 'hangsUp' | 'reloads' | 'asks' | 'cancels'
export type DoorEvent = { type: `ann.${AnnAct}` } | { type: `ben.${BenAct}` } | { type: 'pause.passes' }

interface DoorTable {
  /** The policy of the room, and of the room that Ann opens next. */
  policy: RoomPolicy
  ann: 'lobby' | 'room' | 'left'
  ben: 'lobby' | 'asking' | 'declined' | 'room' | 'left' | 'rejected'
  /** Ben may not ask yet. */
  isPaused: boolean
}

/** The state that a page shows. */
export interface DoorLook {
  membership: 'lobby' | 'joined' | 'left'
  /** The door as the lobby of a visitor shows it; null elsewhere. */
  door: 'alone' | 'atDoor' | 'asking' | 'declined' | null
  /** The policy that the page knows; null without a room. */
  policy: RoomPolicy | null
  isAsked: boolean
  isCalling: boolean
}

/** In this order a walk takes them, so its first steps are at the door. */
const benActs: BenAct[] = ['asks', 'cancels', 'joins', 'hangsUp', 'reloads']
const annActs: AnnAct[] = ['joins', 'declines', 'admits', 'locked', 'open', 'ask', 'hangsUp', 'reloads']

/** Ben enters the room, as far as its policy lets him. */
const enter = (table: DoorTable): DoorTable['ben'] =>
  table.policy === 'open' ? 'room' : table.ben === 'lobby' || table.policy === 'ask' ? 'lobby' : 'rejected'

/** Both have left, so the room is gone. The next room is not locked from the start. */
const endRoom = (table: DoorTable): DoorTable => ({
  policy: table.policy === 'locked' ? 'ask' : table.policy,
  ann: 'left',
  ben: table.ben === 'room' ? 'left' : table.ben === 'asking' || table.ben === 'declined' ? 'lobby' : table.ben,
  isPaused: false,
})

/** Returns the table after Ann selected a policy. An open room takes in the visitor that asks. */
function select(table: DoorTable, policy: RoomPolicy): DoorTable {
  const { ben } = table
  if (ben === 'asking') return { ...table, policy, ben: policy === 'open' ? 'room' : 'lobby' }
  return { ...table, policy, ben: ben === 'declined' && policy === 'open' ? 'lobby' : ben }
}

/** Returns the table after an event; null if nobody can take this action now. */
function next(table: DoorTable, { type }: DoorEvent): DoorTable | null {
  const { ann, ben, policy, isPaused } = table
  const isAnnIn = ann === 'room'
  switch (type) {
    case 'ann.joins':
      return isAnnIn ? null : { ...table, ann: 'room' }
    case 'ann.hangsUp':
      return isAnnIn ? endRoom(table) : null
    case 'ben.hangsUp':
      return ben === 'room' ? endRoom(table) : null
    case 'ann.reloads':
      return isAnnIn ? table : null
    case 'ann.admits':
      return ben === 'asking' ? { ...table, ben: 'room' } : null
    case 'ann.declines':
      return ben === 'asking' ? { ...table, ben: 'declined', isPaused: true } : null
    case 'ann.open':
    case 'ann.ask':
    case 'ann.locked': {
      const wanted = type.slice('ann.'.length) as RoomPolicy
      return isAnnIn && wanted !== policy ? select(table, wanted) : null
    }
    case 'ben.joins':
      // The lobby has a button for an open room only. A page that left asks the server.
      return isAnnIn && (ben === 'left' || ben === 'rejected' || (ben === 'lobby' && policy === 'open'))
        ? { ...table, ben: enter(table) }
        : null
    case 'ben.asks':
      return isAnnIn && ben === 'lobby' && policy === 'ask' ? { ...table, ben: isPaused ? 'declined' : 'asking' } : null
    case 'ben.cancels':
      return ben === 'asking' ? { ...table, ben: 'lobby' } : null
    case 'ben.reloads':
      return { ...table, ben: ben === 'room' ? 'room' : 'lobby' }
    case 'pause.passes':
      return ben === 'declined' ? { ...table, ben: 'lobby', isPaused: false } : null
  }
}

export const doorFlow = setup({
  types: { context: {} as DoorTable, events: {} as DoorEvent },
  guards: { isPossible: ({ context, event }) => next(context, event) !== null },
  actions: { act: assign(({ context, event }) => next(context, event) ?? context) },
}).createMachine({
  id: 'doorFlow',
  context: { policy: 'ask', ann: 'lobby', ben: 'lobby', isPaused: false },
  initial: 'door',
  states: { door: { on: { '*': { guard: 'isPossible', actions: 'act' } } } },
})

export type DoorSnapshot = SnapshotFrom<typeof doorFlow>
export type DoorStep = Step<typeof doorFlow>

/**
 * Returns walks that take each possible action in each state.
 * @param without actions that the subject cannot take
 */
export function doorWalks(without: readonly DoorEvent['type'][] = [], maxSteps = 60): DoorStep[][] {
  const all = [
    ...benActs.map((act) => ({ type: `ben.${act}` }) as const),
    ...annActs.map((act) => ({ type: `ann.${act}` }) as const),
    { type: 'pause.passes' } as const,
  ].filter(({ type }) => !without.includes(type))
  const events = (snapshot: DoorSnapshot): DoorEvent[] => all.filter((event) => snapshot.can(event))
  const key = ({ context }: DoorSnapshot): string => JSON.stringify(context)
  return tours(doorFlow, { events, key }, { isEnd: () => false, maxSteps })
}

/** Returns the states that both pages must show. */
export function doorLooks({ context: { policy, ann, ben } }: DoorSnapshot): Record<'ann' | 'ben', DoorLook> {
  const isCalling = ben === 'room'
  const isAnnIn = ann === 'room'
  const left = { membership: 'left', door: null, policy: null, isAsked: false, isCalling: false } as const
  const joined = { membership: 'joined', door: null, policy, isAsked: ben === 'asking', isCalling } as const
  const lobby = { ...left, membership: 'lobby', door: 'alone' } as const
  const atDoor = { ...lobby, door: ben === 'lobby' ? 'atDoor' : (ben as 'asking' | 'declined'), policy } as const
  return {
    ann: isAnnIn ? joined : ann === 'left' ? left : lobby,
    ben: isCalling ? joined : ben === 'left' || ben === 'rejected' ? left : isAnnIn ? atDoor : lobby,
  }
}

/** Two pages that can follow the walks. */
export interface DoorSubject {
  begin(): Promise<void>
  take(event: DoorEvent, before: DoorSnapshot): Promise<void>
  looks(): Promise<Record<'ann' | 'ben', Partial<DoorLook>>>
  /** Resolves when all messages and their answers have arrived. Absent where a later look finds them. */
  settle?(): Promise<void>
  end(): Promise<void>
}

/** Takes every step of the walk, and waits each time until both pages show the state of the model. */
export async function followDoorWalk(walk: DoorStep[], subject: DoorSubject, timeout = deadlineMs): Promise<void> {
  await subject.begin()
  try {
    for (const step of walk) {
      try {
        await subject.take(step.event, step.before)
        const look = async (): Promise<void> => expect(doorLooks(step.after)).toMatchObject(await subject.looks())
        // A state may match only because an event has not arrived yet, so it must still match after settling.
        await vi.waitFor(
          async () => {
            await look()
            await subject.settle?.()
            await look()
          },
          { timeout, interval: 5 },
        )
      } catch (cause) {
        throw new Error(`after these steps\n${wayTo(step).split('\n').slice(-12).join('\n')}`, { cause })
      }
    }
  } finally {
    await subject.end()
  }
}
