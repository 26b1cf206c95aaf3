import { assign, createMachine } from 'xstate'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { preparationMachine } from '../../../machines/preparation/preparationMachine.ts'
import { mayEnter } from '../../../machines/room/door.ts'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import { isJoinKeyUsed, nextEpoch, type RoomContext } from '../../../machines/room/seats.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import type { PageMachines } from './pageModel.ts'
import * as preparation from './preparationModel.ts'
import type { SeededFault } from './seededFaults.ts'
import { preparedRules, type Rules, type System, type World } from './system.ts'

/** Deliberate faults of prepared connections. The exploration must detect each one. */

/** A fault, and the world in which the search begins. */
export interface PreparedFault extends SeededFault {
  from?: (system: System) => World
}

type Room = { context: RoomContext }

const withMachines = (change: Partial<PageMachines>): Rules => ({ ...open, machines: { ...open.machines, ...change } })
const withRoom = (rules: Rules, change: object): Rules => ({
  ...rules,
  server: { ...rules.server, machine: roomMachine.provide(change as never) as typeof roomMachine },
})
const [open, ask] = [preparedRules(null), preparedRules('ask')]

/** Replaces parts of the preparation machine's config that `provide` cannot replace. */
const withPreparation = (change: (config: Config) => void): Rules => {
  const config = structuredClone({ ...preparationMachine.config }) as unknown as Config
  change(config)
  return withMachines({
    preparation: createMachine(config as never, preparationMachine.implementations as never) as never,
  })
}

interface Config {
  on: Record<string, unknown>
  states: { attempting: { on: Record<string, unknown>; states: { connecting: { on: Record<string, unknown> } } } }
}

/**
 * Moves without a fault, except B's *Join*, until `isThere`.
 * @throws Error if no such move is left
 */
function walkTo(system: System, isThere: (world: World) => boolean): World {
  let now = system.begin()
  while (!isThere(now)) {
    const hasHolder = system.pages.at(now[0]).model.membership.matches('joined')
    const next = system
      .faultFreeMoves(now)
      .find(
        ({ label, wait }) =>
          (!wait || wait.id.includes('.pause.')) &&
          (!('at' in label) || label.at !== 'B' || (hasHolder && label.text !== 'joins')),
      )
    if (!next) throw new Error('no such world')
    now = next.to
  }
  return now
}

/** The world in which both pages have a prepared connection, before the visitor joins or asks. */
export const preparedWorld = (system: System): World =>
  walkTo(system, ([a, b]) =>
    [a, b].every((page) => system.pages.at(page).model.preparation.matches({ attempting: 'prepared' })),
  )

/** The world in which the server has started an attempt. */
const attemptedWorld = (system: System): World =>
  walkTo(system, ([, , server]) => system.servers.at(server).attempt !== null)

/** The world in which the server has the holder's offer, and no answer. */
const offeredWorld = (system: System): World =>
  walkTo(system, ([, , server]) => system.servers.at(server).offer !== null)

/** All seeded faults of prepared connections by name. */
export const preparedFaults: Record<string, PreparedFault> = {
  'media that is sent before the visitor joins': {
    caps: { total: 0 },
    from: offeredWorld,
    rules: withPreparation(({ states: { attempting } }) => {
      attempting.states.connecting.on['connection.opened'] = { target: 'prepared', actions: 'fillSenders' }
    }),
  },
  'media for a visitor that joins while the holder selects another policy': {
    caps: { total: 1, policy: 1 },
    rules: withMachines({
      signaling: signalingMachine.provide({
        actions: { setSelectedPolicy: () => undefined },
      }) as typeof signalingMachine,
    }),
  },
  'a description with every candidate': {
    caps: { total: 0 },
    from: attemptedWorld,
    rules: { ...open, relay: { isRelayDescription: () => true, toRelayDescription: (sdp) => sdp } },
  },
  'an answer of a visitor without the attempt': {
    caps: { total: 2, stranger: 2 },
    from: offeredWorld,
    rules: {
      ...open,
      server: {
        ...open.server,
        stepOfVisitor: (machine, relay, before, visit, step, by) => {
          const current = step.type === 'answer' ? step.id : visit.current
          const taken = preparation.stepOfVisitor(machine, relay, before, { ...visit, current }, step, by)
          return step.type === 'answer' ? { ...taken, current: visit.current } : taken
        },
      },
    },
  },
  'an attempt of one visitor that stays when another one asks': {
    caps: { total: 1, stranger: 1 },
    rules: withRoom(ask, {
      actions: {
        meetVisitor: assign(
          ({ context }: Room, { keyHash, source, name }: { keyHash: string; source: string; name: string }) => {
            const id = nextEpoch(context)
            const visitor = { id, visit: id, keyHash, source, name, isAdmitted: false, expiresAt: null }
            return { epoch: id, door: { ...context.door, visitor } }
          },
        ),
      },
    }),
  },
  'an attempt that outlives its visitor': {
    caps: { total: 1, hide: 1 },
    rules: withRoom(open, { guards: { isCurrentPreparation: () => false } }),
  },
  'a connection of the holder that outlives its visitor': {
    caps: { total: 1, hide: 1 },
    rules: withPreparation(({ on, states: { attempting } }) => {
      delete on['attempt.unavailable']
      delete attempting.on['attempt.unavailable']
    }),
  },
  'a seat for a declined visitor with a prepared connection': {
    caps: { total: 5, hide: 1, stranger: 3, decline: 1 },
    rules: withRoom(ask, {
      actions: { endVisitorPreparation: () => undefined },
      guards: {
        isNewVisitor: ({ context }: Room, { joinKey, preparation: id }: { joinKey: string; preparation?: number }) =>
          !isJoinKeyUsed(context, joinKey) &&
          (mayEnter(context.door, joinKey, null) ||
            (context.door.declined.length > 0 && id !== undefined && id === context.door.preparation?.id)),
      },
    }),
  },
  'a confirmed connection that the call does not take': {
    caps: { total: 0 },
    rules: withMachines({ call: callMachine.provide({ guards: { isPrepared: () => false } }) as typeof callMachine }),
  },
  'a prepared connection that the holder lost, and does not replace': {
    caps: { total: 1, fail: 1 },
    // The product needs 1.5 s.
    within: 5_000,
    rules: withMachines({
      call: callMachine.provide({ guards: { isPreparedLost: () => false } }) as typeof callMachine,
    }),
  },
}
