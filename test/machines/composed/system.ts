import { room as realRoom } from '../../../machines/room.ts'
import { type Machines, realMachines, Rig } from './brain.ts'
import { Budget, type Caps } from './budget.ts'
import type { Label } from './label.ts'
import * as realLine from './line.ts'
import { localMoves, meetingMoves, type Wait } from './moves.ts'
import { type LineRules, type Page, Pages } from './page.ts'
import * as realServer from './server.ts'
import { faultsOfServer, keyOfServer, type Server } from './server.ts'
import { forget, Serving, type ServerRules } from './serving.ts'
import { Table } from './table.ts'
import { faultsOfWorld } from './invariants.ts'

/** What the composed system is made of. A planted fault puts something else in the place of one of these. */
export interface Rules { machines: Machines; line: LineRules; server: ServerRules }

export const realRules: Rules = { machines: realMachines, line: realLine, server: { ...realServer, machine: realRoom, forget } }

/** Room, two pages, and what went wrong: numbers, by which equal ones are known. */
export type World = readonly [a: number, b: number, server: number, budget: number]

/** One edge. */
export interface Move {
  label: Label
  to: World
  wait: Wait | null
  started: readonly string[]
  broken: readonly string[]
}

/** A move as far as it is the same in every world that has these parts. `parts`: those that it changes. */
interface Part {
  label: Label
  fault: Parameters<Budget['spend']>[1] | null
  wait: Wait | null
  started: readonly string[]
  broken: readonly string[]
  page: number
  server: number
}

const unchanged = -1

/**
 * The composed system: what may happen next, in every world. The product's machines, wiring, door and room take each step; since each
 * step is a step of one page, of one page with the server, or of the server, it is worked out once for all worlds that agree in these.
 */
export class System {
  readonly pages = new Table<Page>((page) => this.#pages.keyOf(page))
  readonly servers: Table<Server> = new Table(keyOfServer)
  readonly budget: Budget
  readonly #pages: Pages
  readonly #serving: Serving
  readonly #server: ServerRules
  readonly #local = new Map<number, Part[]>()
  readonly #served = new Map<number, Part[]>()
  readonly #alone = new Map<number, Part[]>()
  readonly #meeting = new Map<string, Part[]>()
  readonly #endings = new Map<number, Part[]>()
  readonly #cut = new Map<number, number>()
  readonly #serverFaults = new Map<number, string[]>()

  constructor(caps: Caps, { machines, line, server }: Rules = realRules) {
    this.budget = new Budget(caps)
    this.#pages = new Pages(new Rig(machines), line)
    this.#serving = new Serving(this.#pages, server)
    this.#server = server
  }

  begin(): World {
    const [a, b] = [this.#pages.begin('A'), this.#pages.begin('B')]
    return [this.pages.numberOf(a), this.pages.numberOf(b), this.servers.numberOf(realServer.newServer(this.#server.machine)), this.budget.begin()]
  }

  /** Every edge that leaves a world. */
  moves(world: World): Move[] {
    return this.#edges(world, (part, budget) => (part.fault === null ? budget : this.budget.spend(budget, part.fault)))
  }

  /** Those of them by which nothing goes wrong any more. Waits end, however often. */
  calmMoves(world: World): Move[] {
    return this.#edges(world, (part, budget) => (part.fault === null || part.wait ? budget : null))
  }

  #edges([a, b, server, budget]: World, spend: (part: Part, budget: number) => number | null): Move[] {
    const moves: Move[] = []
    const add = (parts: Part[], to: (part: Part) => readonly [number, number, number]): void => {
      for (const part of parts) {
        const left = spend(part, budget)
        if (left !== null) moves.push({ label: part.label, to: [...to(part), left], wait: part.wait, started: part.started, broken: part.broken })
      }
    }
    for (const own of [this.#localOf(a), this.#meetingOf(a, b)]) add(own, ({ page }) => [page, b, server])
    for (const own of [this.#localOf(b), this.#meetingOf(b, a)]) add(own, ({ page }) => [a, page, server])
    add(this.#servedOf(a, server), (part) => [part.page, b, part.server])
    add(this.#servedOf(b, server), (part) => [a, part.page, part.server])
    add(this.#aloneOf(server), (part) => [a, b, part.server])
    // Each part changes both pages here.
    const endings = this.budget.canSpend('crash') || this.budget.canSpend('restart') ? this.#endingsOf(server) : []
    add(endings, (part) => [this.#cutOff(a), this.#cutOff(b), part.server])
    return moves
  }

  /** The rules that a world breaks by what it is. */
  faultsOf([a, b, server]: World): string[] {
    const own = this.#known(this.#serverFaults, server, () => faultsOfServer(this.#server, this.servers.at(server)))
    return [...own, ...faultsOfWorld(this.pages.at(a), this.pages.at(b), this.servers.at(server))]
  }

  #localOf(page: number): Part[] {
    return this.#known(this.#local, page, () => localMoves(this.#pages, this.pages.at(page)).map((move) =>
      ({ ...move, page: this.pages.numberOf(move.page), server: unchanged })))
  }

  #meetingOf(page: number, other: number): Part[] {
    if (!this.pages.at(page).peer?.current) return []
    const { peer, parting } = this.pages.at(other)
    const key = `${page} ${JSON.stringify([peer, parting])}`
    return this.#known(this.#meeting, key, () => meetingMoves(this.#pages, this.pages.at(page), this.pages.at(other)).map((move) =>
      ({ ...move, page: this.pages.numberOf(move.page), server: unchanged })))
  }

  #servedOf(page: number, server: number): Part[] {
    return this.#known(this.#served, page * 2 ** 26 + server, () => this.#serving.moves(this.pages.at(page), this.servers.at(server)).map((move) =>
      ({ ...move, page: this.pages.numberOf(move.page), server: this.servers.numberOf(move.server) })))
  }

  #aloneOf(server: number): Part[] {
    return this.#known(this.#alone, server, () => this.#serving.alone(this.servers.at(server)).map((move) =>
      ({ ...move, started: [], page: unchanged, server: this.servers.numberOf(move.server) })))
  }

  #endingsOf(server: number): Part[] {
    return this.#known(this.#endings, server, () => this.#serving.ends(this.servers.at(server)).map((move) =>
      ({ ...move, broken: [], started: [], wait: null, page: unchanged, server: this.servers.numberOf(move.server) })))
  }

  #cutOff(page: number): number {
    return this.#known(this.#cut, page, () => this.pages.numberOf(this.#serving.cutOff(this.pages.at(page))))
  }

  #known<K, T>(known: Map<K, T>, key: K, work: () => T): T {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = work()
    known.set(key, made)
    return made
  }
}
