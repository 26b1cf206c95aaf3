import { isMatch } from './peerModel.ts'
import type { Page } from './page.ts'
import type { ServerModel } from './serverModel.ts'
import type { Move, System, World } from './system.ts'
import { Worlds } from './worlds.ts'

/** More steps than this, and it is never going to end. */
const maxSteps = 400

export interface LivenessViolation {
  why: 'hopeless' | 'late'
  calm: World[]
}

/**
 * Whether all ends well, and soon, once nothing goes wrong any more: what can arrive arrives, and when there is nothing left to
 * arrive, the next wait ends. Worlds from which it does are remembered, so that each is gone through once. (How much of a wait was
 * over already is forgotten where a world is met again: then one such order of waits is known to end well, not each.)
 */
export class LivenessCheck {
  /** The longest that it took, in milliseconds. */
  longestMs = 0
  readonly #system: System
  readonly #maxMs: number
  readonly #live = new Worlds()
  /** How long it takes from each of them. */
  readonly #left: number[] = []

  constructor(system: System, within = Infinity) {
    this.#system = system
    this.#maxMs = within
  }

  get bytes(): number {
    return this.#live.bytes
  }

  /** Null where it ends well, or else the way that leads nowhere, or there too late. */
  findViolation(world: World): LivenessViolation | null {
    const [a, b, server] = world
    // What went wrong so far makes no difference to what follows.
    const way: World[] = [[a, b, server, this.#system.budget.begin()]]
    const clock = new Clock()
    const times = [0]
    for (let now = way[0]!; way.length < maxSteps; now = way.at(-1)!) {
      const known = this.#live.numberOf(now)
      if (known >= 0) return this.#remember(way, times, clock.now + this.#left[known]!)
      const moves = this.#system.faultFreeMoves(now)
      const move = moves.find(({ wait }) => !wait)
      if (!move && this.#isWell(now)) return this.#remember(way, times, clock.now)
      const next = move ?? clock.next(moves)
      // A call is given up only while something goes wrong.
      if (!next || next.wait?.id === 'recovery') break
      clock.note(moves, next)
      way.push(next.to)
      times.push(clock.now)
    }
    return { why: 'hopeless', calm: way }
  }

  #remember(way: World[], times: number[], end: number): LivenessViolation | null {
    way.forEach((world, index) => {
      if (this.#live.add(world, -1) >= 0) this.#left.push(end - times[index]!)
    })
    this.longestMs = Math.max(this.longestMs, end)
    return end > this.#maxMs ? { why: 'late', calm: way } : null
  }

  #isWell([a, b, server]: World): boolean {
    return endsWell(this.#system.pages.at(a), this.#system.pages.at(b), this.#system.servers.at(server))
  }
}

/** When the waits end that run. */
class Clock {
  now = 0
  readonly #due = new Map<string, number>()

  /** The one that ends next. */
  next(moves: Move[]): Move | undefined {
    this.#start(moves)
    const [first] = moves.filter(({ wait }) => wait).sort((one, other) => this.#dueOf(one) - this.#dueOf(other))
    if (first) this.now = Math.max(this.now, this.#dueOf(first))
    return first
  }

  /** A step was taken: waits began with it, and others are over. */
  note(moves: Move[], taken: Move): void {
    this.#start(moves)
    const place = placeOf(taken)
    for (const id of taken.started) this.#due.delete(`${place} ${id}`)
    if (taken.wait) this.#due.delete(keyOf(taken))
  }

  #start(moves: Move[]): void {
    const running = new Set(moves.filter(({ wait }) => wait).map(keyOf))
    for (const key of this.#due.keys()) if (!running.has(key)) this.#due.delete(key)
    for (const move of moves)
      if (move.wait && !this.#due.has(keyOf(move))) this.#due.set(keyOf(move), this.now + move.wait.delay)
  }

  #dueOf(move: Move): number {
    return this.#due.get(keyOf(move)) ?? 0
  }
}

const keyOf = (move: Move): string => `${placeOf(move)} ${move.wait?.id}`
const placeOf = ({ label }: Move): string => ('at' in label ? label.at : label.to === 'server' ? label.from : label.to)

/** Both are in the call, or whoever is not has a reason. */
function endsWell(a: Page, b: Page, server: ServerModel): boolean {
  const inside = [a, b].filter(({ model }) => model.membership.matches('joined'))
  const outside = [a, b].filter(({ model }) => model.membership.matches('left'))
  if (inside.length + outside.length < 2) return false
  if (inside.length === 2) return isCall(a, b, server) || [a, b].every(hasReason)
  const [alone] = inside
  return alone ? isWaiting(alone, server) : server.room.value === 'empty'
}

const isCall = (a: Page, b: Page, server: ServerModel): boolean =>
  server.room.value === 'full' &&
  isMatch(a.peer, b.peer) &&
  [a, b].every(
    ({ model: { call }, peer }) =>
      call.matches({ connected: { flowing: 'stable' } }) &&
      call.context.pendingNegotiation === null &&
      peer?.transport === 'open',
  )

/** A call that is over for a reason that only a person can do something about. */
const hasReason = ({ model: { call } }: Page): boolean =>
  call.value === 'hangup' && (call.context.reason === 'failed' || call.context.reason === 'lost')

/** Whoever comes finds an offer. */
function isWaiting({ model: { call } }: Page, { room, boxes }: ServerModel): boolean {
  const { seat, connection } = call.context
  const first = seat && boxes?.[seat === 'a' ? 'b' : 'a'].log[0]?.event
  return (
    room.value === 'created' &&
    call.matches({ offering: 'waitingForPeer' }) &&
    first?.type === 'message' &&
    first.message.type === 'offer' &&
    first.message.connection === connection
  )
}
