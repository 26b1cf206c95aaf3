import { type PageMachines, PageModelRunner } from './pageModel.ts'
import type { Budget } from './faultBudget.ts'
import type { Label } from './label.ts'
import { localMoves, meetingMoves, type Wait } from './moves.ts'
import { type SignalingRules, type Page, Pages, type Stepped } from './page.ts'
import { faultsOfServer, serverModelKey, newServerModel, type ServerModel } from './serverModel.ts'
import { type ServerMove, ServerMoves, type ServerRules } from './serverMoves.ts'
import { NumberTable } from './numberTable.ts'

/** What the composed system is made of. A seeded fault puts something else in the place of one of these. */
export interface Rules {
  machines: PageMachines
  line: SignalingRules
  server: ServerRules
}

/** A move as far as it is the same in every world that has these parts. */
export interface Part {
  label: Label
  fault: Parameters<Budget['spend']>[1] | null
  wait: Wait | null
  /** Takes the step, once. */
  outcome(): Outcome
}

/** What a step leads to: the parts that it changes, which rules it broke, and which waits began with it. */
export interface Outcome {
  started: readonly string[]
  broken: readonly string[]
  page: number
  server: number
}

type Move = Pick<Part, 'label' | 'fault' | 'wait'>

const unchanged = -1

/**
 * The steps of the product's machines, wiring, door and room. Each is a step of one page, of one page with the server, or of the server.
 * So it is worked out once for all worlds that agree in these, whatever may go wrong in them.
 */
export class Steps {
  readonly pages = new NumberTable<Page>((page) => this.#pages.keyOf(page))
  readonly servers: NumberTable<ServerModel> = new NumberTable(serverModelKey)
  readonly #pages: Pages
  readonly #serving: ServerMoves
  readonly #server: ServerRules
  /** Of a page, by what another page may meet in it. */
  readonly #met = new NumberTable<Pick<Page, 'peer' | 'parting'>>(({ peer, parting }) =>
    JSON.stringify([peer, parting]),
  )
  readonly #local = new Map<number, Part[]>()
  readonly #served = new Map<number, Part[]>()
  readonly #alone = new Map<number, Part[]>()
  readonly #meeting = new Map<number, Part[]>()
  readonly #endings = new Map<number, Part[]>()
  readonly #cut = new Map<number, number>()
  readonly #serverFaults = new Map<number, string[]>()

  constructor({ machines, line, server }: Rules) {
    this.#pages = new Pages(new PageModelRunner(machines), line)
    this.#serving = new ServerMoves(this.#pages, server)
    this.#server = server
  }

  /** Two pages in the lobby, and a server where nobody is. */
  begin(): [a: number, b: number, server: number] {
    const [a, b] = [this.#pages.begin('A'), this.#pages.begin('B')]
    return [this.pages.numberOf(a), this.pages.numberOf(b), this.servers.numberOf(newServerModel(this.#server.machine))]
  }

  local(page: number): Part[] {
    return known(this.#local, page, () =>
      localMoves(this.#pages, this.pages.at(page)).map((move) => this.#partOf(move)),
    )
  }

  meeting(page: number, other: number): Part[] {
    if (!this.pages.at(page).peer?.current) return []
    return known(this.#meeting, pairOf(page, this.#met.numberOf(this.pages.at(other))), () =>
      meetingMoves(this.#pages, this.pages.at(page), this.pages.at(other)).map((move) => this.#partOf(move)),
    )
  }

  served(page: number, server: number): Part[] {
    return known(this.#served, pairOf(page, server), () =>
      this.#serving.moves(this.pages.at(page), this.servers.at(server)).map((move) => this.#partOf(move)),
    )
  }

  alone(server: number): Part[] {
    return known(this.#alone, server, () =>
      this.#serving.alone(this.servers.at(server)).map((move) => this.#partOfServer(move)),
    )
  }

  endings(server: number): Part[] {
    return known(this.#endings, server, () =>
      this.#serving
        .ends(this.servers.at(server))
        .map((move) => this.#partOfServer({ ...move, broken: [], wait: null })),
    )
  }

  #partOf({ label, fault, wait, step }: Move & { step(): Stepped & { server?: ServerModel } }): Part {
    const outcome = once((): Outcome => {
      const { page, server, started, broken } = step()
      return {
        page: this.pages.numberOf(page),
        server: server ? this.servers.numberOf(server) : unchanged,
        started,
        broken,
      }
    })
    return { label, fault, wait, outcome }
  }

  #partOfServer({ label, fault, wait, server, broken }: ServerMove): Part {
    const outcome = { page: unchanged, server: this.servers.numberOf(server), started: [], broken }
    return { label, fault, wait, outcome: () => outcome }
  }

  cutOff(page: number): number {
    return known(this.#cut, page, () => this.pages.numberOf(this.#serving.cutOff(this.pages.at(page))))
  }

  /** The rules that a server breaks by what it is. */
  faultsOf(server: number): string[] {
    return known(this.#serverFaults, server, () => faultsOfServer(this.#server, this.servers.at(server)))
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

const pairOf = (one: number, other: number): number => one * 2 ** 26 + other

function known<K, T>(all: Map<K, T>, key: K, work: () => T): T {
  const found = all.get(key)
  if (found !== undefined) return found
  const made = work()
  all.set(key, made)
  return made
}
