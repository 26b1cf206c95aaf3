import { type PageMachines, PageModelRunner } from './pageModel.ts'
import type { Budget } from './faultBudget.ts'
import type { Label } from './label.ts'
import { localMoves, meetingMoves, type ServerMove, type Wait } from './moves.ts'
import { type SignalingRules, type Page, Pages, type Stepped } from './page.ts'
import { faultsOfServer, serverModelKey, newServerModel, type ServerModel } from './serverModel.ts'
import { ServerMoves, type ServerRules } from './serverMoves.ts'
import { NumberTable } from './numberTable.ts'
import type { RelayRules } from './preparedModel.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'

/** The parts of the composed system. A seeded fault replaces one of them. */
export interface Rules {
  machines: PageMachines
  line: SignalingRules
  server: ServerRules
  /** The policy of the rooms that the pages create; null for the default. */
  policy: RoomPolicy | null
  relay: RelayRules
}

/** The part of a move that is the same in every world with these values. */
export interface Part {
  label: Label
  fault: Parameters<Budget['spend']>[1] | null
  wait: Wait | null
  /** Computes the step, once. */
  outcome(): Outcome
}

/** Result of a step: the changed values, the rules that it broke, and the timeouts that it started. */
export interface Outcome {
  started: readonly string[]
  broken: readonly string[]
  page: number
  server: number
}

type Move = Pick<Part, 'label' | 'fault' | 'wait'>

const unchanged = -1

/**
 * The steps of the product's machines, wiring, admission and room. Each is a step of one page, of one page with the
 * server, or of the server. So it is computed once for all worlds with equal values, whatever the fault budget.
 */
export class Steps {
  readonly pages = new NumberTable<Page>((page) => this.#pages.keyOf(page))
  readonly servers: NumberTable<ServerModel> = new NumberTable(serverModelKey)
  readonly #pages: Pages
  readonly #serving: ServerMoves
  readonly #server: ServerRules
  readonly #policy: RoomPolicy | null
  /** The parts of a page that its peer can meet. */
  readonly #met = new NumberTable<Pick<Page, 'peer' | 'parting' | 'prepared'>>(({ peer, parting, prepared }) =>
    JSON.stringify([peer, parting, prepared]),
  )
  readonly #local = new Map<number, Part[]>()
  readonly #served = new Map<number, Part[]>()
  readonly #alone = new Map<number, Part[]>()
  readonly #meeting = new Map<number, Part[]>()
  readonly #endings = new Map<number, Part[]>()
  readonly #cut = new Map<number, number>()
  readonly #serverFaults = new Map<number, string[]>()

  constructor({ machines, line, server, policy, relay }: Rules) {
    this.#pages = new Pages(new PageModelRunner(machines), line, relay)
    this.#serving = new ServerMoves(this.#pages, server)
    this.#server = server
    this.#policy = policy
  }

  /** Two pages in the lobby, and a server without visitors. */
  begin(): [a: number, b: number, server: number] {
    const [a, b] = [this.#pages.begin('A', this.#policy), this.#pages.begin('B', this.#policy)]
    return [
      this.pages.numberOf(a),
      this.pages.numberOf(b),
      this.servers.numberOf(newServerModel(this.#server.machine, this.#server.store)),
    ]
  }

  /** Moves of one page alone. */
  local(page: number): Part[] {
    return known(this.#local, page, () =>
      localMoves(this.#pages, this.pages.at(page)).map((move) => this.#partOf(move)),
    )
  }

  /** Moves of a page's peer connection that depend on the other page. */
  meeting(page: number, other: number): Part[] {
    const { peer, prepared } = this.pages.at(page)
    if (!peer?.current && !prepared?.theirs) return []
    return known(this.#meeting, pairOf(page, this.#met.numberOf(this.pages.at(other))), () =>
      meetingMoves(this.#pages, this.pages.at(page), this.pages.at(other)).map((move) => this.#partOf(move)),
    )
  }

  /** Moves between a page and the server. */
  served(page: number, server: number): Part[] {
    return known(this.#served, pairOf(page, server), () =>
      this.#serving.moves(this.pages.at(page), this.servers.at(server)).map((move) => this.#partOf(move)),
    )
  }

  /** Moves of the server alone. */
  alone(server: number): Part[] {
    return known(this.#alone, server, () =>
      this.#serving.alone(this.servers.at(server)).map((move) => this.#partOfServer(move)),
    )
  }

  /** Crash and restart of the server. */
  endings(server: number): Part[] {
    return known(this.#endings, server, () =>
      this.#serving
        .ends(this.servers.at(server))
        .map(({ server: after, ...move }) =>
          this.#partOfServer({ ...move, step: () => ({ server: after, broken: [] }), wait: null }),
        ),
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

  #partOfServer({ label, fault, wait, step }: ServerMove): Part {
    const outcome = once((): Outcome => {
      const { server, broken } = step()
      return { page: unchanged, server: this.servers.numberOf(server), started: [], broken }
    })
    return { label, fault, wait, outcome }
  }

  /** The page after the server has cut its sockets. */
  cutOff(page: number): number {
    return known(this.#cut, page, () => this.pages.numberOf(this.#serving.cutOff(this.pages.at(page))))
  }

  /** The invariants that this server violates. */
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
