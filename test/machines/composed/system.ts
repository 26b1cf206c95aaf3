import { roomMachine as realRoom } from '../../../machines/room/roomMachine.ts'
import { realMachines } from './pageModel.ts'
import { Budget, type Caps } from './faultBudget.ts'
import type { Label } from './label.ts'
import * as realLine from './signalingModel.ts'
import type { Wait } from './moves.ts'
import type { Page } from './page.ts'
import * as realServer from './serverModel.ts'
import type { ServerModel } from './serverModel.ts'
import { emptyOutbox } from './outboxModel.ts'
import * as realStore from './sharedStore.ts'
import { newSharedStoreModel } from './sharedStore.ts'
import { view } from './doorModel.ts'
import * as realPreparation from './preparationModel.ts'
import { relayRules } from './preparedModel.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { forget } from './serverMoves.ts'
import { type Outcome, type Part, type Rules, Steps } from './steps.ts'
import type { NumberTable } from './numberTable.ts'
import { faultsOfWorld } from './invariants.ts'

export type { Rules }

/** The rules of the product, for a room that is open. The pages do not visit it before they join. */
export const realRules: Rules = {
  machines: realMachines,
  line: { ...realLine, visit: (line) => line },
  server: {
    ...realServer,
    ...realPreparation,
    ...realStore,
    machine: realRoom,
    forget,
    view,
    leak: () => [],
    prepares: false,
  },
  policy: null,
  relay: relayRules,
}

/** The rules of the product, for a room in a store that several nodes share. */
export const sharedRules: Rules = {
  ...realRules,
  line: { ...realRules.line, outbox: { ...emptyOutbox, acked: [] } },
  server: { ...realRules.server, store: newSharedStoreModel },
}

/** The rules of the product, for a room that asks first. */
export const doorRules: Rules = { ...realRules, line: realLine, policy: 'ask' }

/** The rules of the product, for a room whose holder and visitor prepare a connection. */
export const preparedRules = (policy: RoomPolicy | null): Rules => ({
  ...doorRules,
  server: { ...doorRules.server, prepares: true },
  policy,
})

/** Two pages, the server and the faults so far. Equal values have equal numbers. */
export type World = readonly [a: number, b: number, server: number, budget: number]

/** One edge of the graph. */
export interface Move {
  label: Label
  to: World
  wait: Wait | null
  started: readonly string[]
  broken: readonly string[]
}

/** An edge whose step is computed on demand. */
class Edge implements Move {
  readonly label: Label
  readonly wait: Wait | null
  readonly #part: Part
  readonly #to: (outcome: Outcome) => World

  constructor(part: Part, to: (outcome: Outcome) => World) {
    this.label = part.label
    this.wait = part.wait
    this.#part = part
    this.#to = to
  }

  get to(): World {
    return this.#to(this.#part.outcome())
  }

  get started(): readonly string[] {
    return this.#part.outcome().started
  }

  get broken(): readonly string[] {
    return this.#part.outcome().broken
  }
}

/**
 * The composed system: the possible moves in every world.
 * @param steps of a system with the same rules and other caps; its computed steps are reused
 */
export class System {
  readonly pages: NumberTable<Page>
  readonly servers: NumberTable<ServerModel>
  readonly budget: Budget
  readonly steps: Steps

  constructor(caps: Caps, rules: Rules = realRules, steps = new Steps(rules)) {
    this.budget = new Budget(caps)
    this.steps = steps
    this.pages = steps.pages
    this.servers = steps.servers
  }

  /** Returns the first world: two pages in the lobby, and no faults. */
  begin(): World {
    return [...this.steps.begin(), this.budget.begin()]
  }

  /** Returns every edge that leaves a world. */
  moves(world: World): Move[] {
    return this.#edges(world, (part, budget) => (part.fault === null ? budget : this.budget.spend(budget, part.fault)))
  }

  /** Returns the edges without a new fault. Timeouts may end any number of times. */
  faultFreeMoves(world: World): Move[] {
    return this.#edges(world, (part, budget) => (part.fault === null || part.wait ? budget : null))
  }

  #edges([a, b, server, budget]: World, spend: (part: Part, budget: number) => number | null): Move[] {
    const moves: Move[] = []
    const add = (parts: Part[], to: (outcome: Outcome) => readonly [number, number, number]): void => {
      for (const part of parts) {
        const left = spend(part, budget)
        if (left !== null) moves.push(new Edge(part, (outcome) => [...to(outcome), left]))
      }
    }
    for (const own of [this.steps.local(a), this.steps.meeting(a, b)]) add(own, ({ page }) => [page, b, server])
    for (const own of [this.steps.local(b), this.steps.meeting(b, a)]) add(own, ({ page }) => [a, page, server])
    add(this.steps.served(a, server), (part) => [part.page, b, part.server])
    add(this.steps.served(b, server), (part) => [a, part.page, part.server])
    add(this.steps.alone(server), (part) => [a, b, part.server])
    // These moves change both pages.
    const endings = this.budget.canSpend('crash') || this.budget.canSpend('restart') ? this.steps.endings(server) : []
    add(endings, (part) => [this.steps.cutOff(a), this.steps.cutOff(b), part.server])
    return moves
  }

  /** The invariants that this world violates. */
  faultsOf([a, b, server]: World): string[] {
    return [
      ...this.steps.faultsOf(server),
      ...faultsOfWorld(this.pages.at(a), this.pages.at(b), this.servers.at(server)),
    ]
  }
}
