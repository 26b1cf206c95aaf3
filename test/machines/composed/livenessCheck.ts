import { isMatch } from './peerModel.ts'
import type { Page } from './page.ts'
import type { ServerModel } from './serverModel.ts'
import type { Move, System, World } from './system.ts'
import { Worlds } from './worlds.ts'

/** A path with more steps counts as endless. */
const maxSteps = 400

/** A path without faults that never ends well, or too late. */
export interface LivenessViolation {
  why: 'hopeless' | 'late'
  calm: World[]
}

/**
 * Checks that both pages reach a good end in time once faults stop. Everything in transit arrives first; then the next
 * timeout ends. Worlds with a good end are stored, so each is checked once. (For a world that is reached again, the
 * elapsed part of a timeout is lost. Then only one order of timeouts is known to end well.)
 */
export class LivenessCheck {
  /** The longest time to a good end, in ms. */
  longestMs = 0
  readonly #system: System
  readonly #maxMs: number
  readonly #live = new Worlds()
  /** Time to a good end from each stored world, in ms. */
  readonly #left: number[] = []

  constructor(system: System, within = Infinity) {
    this.#system = system
    this.#maxMs = within
  }

  /** Size of the table of worlds, in bytes. */
  get bytes(): number {
    return this.#live.bytes
  }

  /** Returns null for a good end, or the path that ends nowhere or too late. */
  findViolation(world: World): LivenessViolation | null {
    const [a, b, server] = world
    // Past faults do not affect the further moves.
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
      // A call is given up only while a fault lasts.
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

/** Due times of the running timeouts. */
class Clock {
  now = 0
  readonly #due = new Map<string, number>()

  /** The timeout that ends next. */
  next(moves: Move[]): Move | undefined {
    this.#start(moves)
    const [first] = moves.filter(({ wait }) => wait).sort((one, other) => this.#dueOf(one) - this.#dueOf(other))
    if (first) this.now = Math.max(this.now, this.#dueOf(first))
    return first
  }

  /** Updates the due times after a step. */
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

/**
 * Both are in the call, or an absent page has a reason. The policy that a user selected last is the policy of the room,
 * and each page in it shows it.
 */
function endsWell(a: Page, b: Page, server: ServerModel): boolean {
  const { policy } = server.room.context.door
  const inside = [a, b].filter(({ model }) => model.membership.matches('joined'))
  const outside = [a, b].filter(({ model }) => model.membership.matches('left') || isLockedOut(model, server))
  if (inside.some(({ model }) => model.membership.context.policy !== policy)) return false
  const selected = inside.flatMap((page) => page.selected ?? [])
  if (selected.length > 0 && !selected.includes(policy)) return false
  if (inside.length + outside.length < 2) return false
  if (inside.length === 2) return isCall(a, b, server) || [a, b].every(hasReason)
  const [alone] = inside
  return alone ? isWaiting(alone, server) : server.room.value === 'empty'
}

/** The holder locked the room, and the lobby shows it. */
const isLockedOut = ({ membership }: Page['model'], { room }: ServerModel): boolean =>
  membership.matches('lobby') && membership.context.policy === 'locked' && room.context.door.policy === 'locked'

const isCall = (a: Page, b: Page, server: ServerModel): boolean =>
  server.room.value === 'full' &&
  isMatch(a.peer, b.peer) &&
  [a, b].every(
    ({ model: { call }, peer }) =>
      call.matches({ connected: { flowing: 'stable' } }) &&
      call.context.pendingNegotiation === null &&
      peer?.transport === 'open',
  )

/** A call that ended for a reason that only the user can resolve. */
const hasReason = ({ model: { call } }: Page): boolean =>
  call.value === 'hangup' && (call.context.reason === 'failed' || call.context.reason === 'lost')

/** The next visitor finds an offer. */
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
