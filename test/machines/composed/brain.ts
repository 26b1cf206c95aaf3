import type { SnapshotFrom } from 'xstate'
import { SeatKeeper } from '../../../client/session/seatStorage.ts'
import { type Wired, wire } from '../../../client/session/connectMachines.ts'
import { call as realCall } from '../../../machines/call/callMachine.ts'
import type { ConnectionOrder } from '../../../machines/call/callEvents.ts'
import type { SocketOrder } from '../../../machines/signaling/signalingEvents.ts'
import { device as realDevice } from '../../../machines/media/deviceMachine.ts'
import { ufragOf } from '../../../machines/protocol/iceCandidate.ts'
import { link as realLink } from '../../../machines/signaling/signalingMachine.ts'
import { visit as realVisit } from '../../../machines/membership/membershipMachine.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { type Action, Shell } from './shell.ts'
import { Table } from './table.ts'

/** The deciding half of a page: its three machines, wired to each other by the product's own wiring, and what its tab keeps. */
export interface Brain {
  visit: SnapshotFrom<typeof realVisit>
  call: SnapshotFrom<typeof realCall>
  link: SnapshotFrom<typeof realLink>
  camera: SnapshotFrom<typeof realDevice>
  timers: Timer[]
  memory: Record<string, string>
  /** Keys made so far, so that each is a new one. */
  keys: number
}

export type Part = 'visit' | 'call' | 'link' | 'camera'
export interface Timer { part: Part; id: string; delay: number; event: { type: string } }
export interface Machines { visit: typeof realVisit; call: typeof realCall; link: typeof realLink; camera: typeof realDevice }

/** What a brain wants done. */
export type Wish =
  /** `isSeated`: while the call had a seat. */
  | { type: 'said'; message: PeerMessage; isSeated: boolean }
  | { type: 'socket.opened' } | { type: 'socket.closed' } | { type: 'socket.told'; order: SocketOrder }
  | { type: 'peer.opened'; connection: string } | { type: 'peer.closed' } | { type: 'peer.told'; order: ConnectionOrder }
  | { type: 'timer.started'; id: string }

export const realMachines: Machines = { visit: realVisit, call: realCall, link: realLink, camera: realDevice }

const parts = ['visit', 'call', 'link', 'camera'] as const

/** The two pages know each other; nobody else can prove anything (client/verification/continuity.ts). */
const acquainted: Wired['continuity'] = {
  sign: (message) => message,
  isForeign: (message) => 'sdp' in message && ufragOf(message.sdp) === stranger,
  accept: () => undefined, release: () => undefined,
}
/** The ufrag of a page that takes part in no call here. */
export const stranger = 'stranger'

/** One device stands for all: the others are told the same. */
const device = { getSnapshot: () => ({ matches: () => true }), send: () => undefined, subscribe: () => ({ unsubscribe: () => undefined }) }

/** Puts one brain after the other into the same wires, lets something happen to it, and takes it out again. */
export class Rig {
  readonly #shells: Record<Part, Shell>
  readonly #memory = new Map<string, string>()
  #timers: Timer[] = []
  #keys = 0
  #who = ''
  #wishes: Wish[] = []
  readonly #seat: SeatKeeper
  readonly #newborn: Brain
  readonly #brains = new Table(keyOfBrain)
  readonly #told = new Map<string, [Brain, Wish[]]>()

  constructor(machines: Machines = realMachines) {
    const shell = (part: Part, input?: object): Shell => new Shell(machines[part], (action) => this.#carryOut(part, action), input)
    const shells = this.#shells = { visit: shell('visit'), call: shell('call'), link: shell('link', { room: 'den' }), camera: shell('camera', { kind: 'camera', chosen: null }) }
    const seat = this.#seat = new SeatKeeper({
      getItem: (name) => this.#memory.get(name) ?? null,
      setItem: (name, value) => void this.#memory.set(name, value),
      removeItem: (name) => void this.#memory.delete(name),
    }, 'den')
    wire({
      ...shells, microphone: device, screen: device, seat, continuity: acquainted, showMedia: () => undefined,
      outbox: { say: (message: PeerMessage) => this.#say(message) },
      makeKey: () => `${this.#who}.key${++this.#keys}`,
    } as unknown as Wired)
    this.#newborn = this.#take()
  }

  /** What is muted is no matter of the rules, and so not said here. */
  #say(message: PeerMessage): void {
    if (message.type === 'media') return
    const isSeated = (this.#shells.call.snapshot as Brain['call']).context.seat !== null
    this.#wishes.push({ type: 'said', message, isSeated })
  }

  /** A page is loaded in a tab that may remember a seat (client/session/callSession.ts). */
  begin(who: string, { memory, keys }: Pick<Brain, 'memory' | 'keys'>): [Brain, Wish[]] {
    return this.#known(`${who} ${JSON.stringify([memory, keys])}`, who, { ...this.#newborn, memory, keys }, () => {
      this.#shells.link.send({ type: 'page.opened' })
      this.#shells.camera.send({ type: 'user.switchedOn' })
      if (this.#seat.read()) this.#shells.visit.send({ type: 'page.reloaded' })
    })
  }

  tell(who: string, brain: Brain, part: Part, event: { type: string }): [Brain, Wish[]] {
    return this.#known(`${who} ${this.numberOf(brain)} ${part} ${JSON.stringify(event)}`, who, brain, () => this.#shells[part].send(event))
  }

  /** Equal brains have the same number. */
  numberOf(brain: Brain): number {
    return this.#brains.numberOf(brain)
  }

  fire(who: string, brain: Brain, timer: Timer): [Brain, Wish[]] {
    const timers = brain.timers.filter(({ id }) => id !== timer.id)
    return this.tell(who, { ...brain, timers }, timer.part, timer.event)
  }

  /** The same happens to the same brain again and again: it is worked out once. */
  #known(key: string, who: string, brain: Brain, act: () => void): [Brain, Wish[]] {
    const known = this.#told.get(key)
    if (known) return known
    this.#put(who, brain)
    act()
    const told: [Brain, Wish[]] = [this.#brains.at(this.numberOf(this.#take())), this.#wishes]
    this.#told.set(key, told)
    return told
  }

  #put(who: string, { timers, memory, keys, ...snapshots }: Brain): void {
    this.#who = who
    this.#wishes = []
    this.#timers = timers
    this.#keys = keys
    this.#memory.clear()
    for (const [name, value] of Object.entries(memory)) this.#memory.set(name, value)
    for (const part of parts) this.#shells[part].snapshot = snapshots[part]
  }

  #take(): Brain {
    const { visit, call, link, camera } = this.#shells
    return {
      visit: visit.snapshot, call: call.snapshot, link: link.snapshot, camera: camera.snapshot, timers: [...this.#timers].sort((one, other) => (one.id < other.id ? -1 : 1)),
      memory: Object.fromEntries([...this.#memory].sort()), keys: this.#keys,
    } as Brain
  }

  #carryOut(part: Part, { type, params = {} }: Action): void {
    // Its track is nothing to others.
    if (part === 'camera') return
    const wish = part === 'link' ? wishOfLink(type, params) : wishOfCall(type, params)
    if (wish) this.#wishes.push(wish)
    if (type === 'xstate.cancel') this.#timers = this.#timers.filter(({ id }) => id !== params.sendId)
    if (type === 'xstate.raise' && params.delay !== undefined) this.#start({ part, ...params } as unknown as Timer)
  }

  /** That a line held for a while shortens waits, which have no length here. */
  #start({ part, id, delay, event }: Timer): void {
    if (id.includes('.steady.')) return
    this.#timers = [...this.#timers.filter((timer) => timer.id !== id), { part, id, delay, event }]
    this.#wishes.push({ type: 'timer.started', id })
  }
}

function wishOfLink(type: string, { event }: NonNullable<Action['params']>): Wish | null {
  if (type === 'xstate.spawnChild') return { type: 'socket.opened' }
  if (type === 'xstate.stopChild') return { type: 'socket.closed' }
  return type === 'xstate.sendTo' ? { type: 'socket.told', order: event as SocketOrder } : null
}

function wishOfCall(type: string, { event, input }: NonNullable<Action['params']>): Wish | null {
  if (type === 'xstate.spawnChild') return { type: 'peer.opened', ...(input as { connection: string }) }
  if (type === 'xstate.stopChild') return { type: 'peer.closed' }
  return type === 'xstate.sendTo' ? { type: 'peer.told', order: event as ConnectionOrder } : null
}

/** Two brains with the same key do the same. How long to wait, and the end of a call that is over, changes nothing that follows. */
export function keyOfBrain({ visit, call, link, camera, timers, memory, keys }: Brain): string {
  const { key, token, former, position, media } = link.context
  const reason = call.value === 'hangup' ? call.context.reason : null
  return JSON.stringify([
    visit.value, visit.context, call.value, { ...call.context, reason }, link.value, key, token, former, position, media, camera.value,
    timers.map(({ id }) => id), memory, keys,
  ])
}
