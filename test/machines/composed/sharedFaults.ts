import { callOf } from './explore.ts'
import type { Caps } from './faultBudget.ts'
import * as server from './serverModel.ts'
import type { ServerModel } from './serverModel.ts'
import * as shared from './sharedStore.ts'
import { type Rules, sharedRules, type System, type World } from './system.ts'

/** Deliberate faults of the shared store and its nodes. The exploration must detect each one. */
export interface SharedFault {
  rules: Rules
  caps: Caps
  begin(system: System): World
}

const withServer = (change: Partial<Rules['server']>): Rules => ({
  ...sharedRules,
  server: { ...sharedRules.server, ...change },
})

/**
 * Returns the world in the call whose replica has the writes until the room got this state.
 * @param state null for a replica without writes
 */
export const callWithReplica =
  (state: 'created' | 'ready' | 'full' | null) =>
  (system: System): World => {
    let now = system.begin()
    let hasReplica = state === null
    for (;;) {
      if (!hasReplica && system.servers.at(now[2]).room.value === state) {
        hasReplica = true
        now = [now[0], now[1], system.servers.numberOf(shared.replicate(system.servers.at(now[2]))), now[3]]
      }
      const move = system.faultFreeMoves(now).find(({ wait }) => !wait)
      if (!move) return now
      now = move.to
    }
  }

/** The part of a failover that a fault leaves out. */
const withFailOver = (change: (after: ServerModel, before: ServerModel) => ServerModel): Rules =>
  withServer({ failOver: (machine, before) => change(shared.failOver(machine, before), before) })

/** All seeded faults by name. */
export const sharedFaults: Record<string, SharedFault> = {
  'a dead node whose connections nobody ends': {
    caps: { total: 1, die: 1 },
    begin: callOf,
    rules: withServer({ fence: (wire) => ({ ...wire, node: 'reaped', up: [], stay: null, visit: null }) }),
  },
  'a dead node whose writes are accepted': {
    caps: { total: 1, die: 1 },
    begin: (system) => system.begin(),
    rules: withServer({ fence: (wire) => ({ ...wire, node: 'fenced' }) }),
  },
  'a reaper that ends the connection of the next node': {
    caps: { total: 1, die: 1 },
    begin: callOf,
    rules: withServer({
      apply: (machine, before, fact, by, forgotten) => {
        const { epoch } = (fact.type === 'socket.closed' && before.room.context.seats[fact.seat]) || {}
        return server.apply(machine, before, epoch === undefined ? fact : ({ ...fact, epoch } as never), by, forgotten)
      },
    }),
  },
  'epochs that start again after a loss': {
    caps: { total: 1, failOver: 1 },
    begin: callWithReplica('created'),
    rules: withFailOver((after, { store }) => ({
      ...after,
      room: store?.replica?.room ?? after.room,
      store: after.store && { ...after.store, restoredEpoch: 1 },
    })),
  },
  'mailboxes that keep their ids after a loss': {
    caps: { total: 1, failOver: 1 },
    begin: callWithReplica('created'),
    rules: withFailOver((after, { store }) => ({
      ...after,
      boxes: store?.replica?.boxes ?? after.boxes,
      store: after.store && { ...after.store, lostLives: [] },
    })),
  },
  'a lost leave whose connection nobody ends': {
    caps: { total: 2, failOver: 1, hangup: 1 },
    begin: callWithReplica('full'),
    rules: withFailOver((after) => ({ ...after, store: after.store && { ...after.store, former: [] } })),
  },
  'a loss without a hold for new visitors': {
    caps: { total: 1, failOver: 1 },
    begin: callOf,
    rules: withServer({ mustWait: () => false }),
  },
}
