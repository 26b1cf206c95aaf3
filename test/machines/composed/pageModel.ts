import type { SnapshotFrom } from 'xstate'
import { SeatStorage } from '../../../client/session/seatStorage.ts'
import { type SessionParts, connectMachines } from '../../../client/session/connectMachines.ts'
import { callMachine as realCall } from '../../../machines/call/callMachine.ts'
import type { PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import type { SocketCommand } from '../../../machines/signaling/signalingEvents.ts'
import { deviceMachine as realDevice } from '../../../machines/media/deviceMachine.ts'
import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import { signalingMachine as realSignaling } from '../../../machines/signaling/signalingMachine.ts'
import { membershipMachine as realMembership } from '../../../machines/membership/membershipMachine.ts'
import { preparationMachine as realPreparation } from '../../../machines/preparation/preparationMachine.ts'
import type { PreparedConnectionCommand, PreparationSide } from '../../../machines/preparation/preparationEvents.ts'
import {
  type ConnectedParts,
  type ConnectedPreparation,
  connectPreparation,
} from '../../../client/preparation/connectPreparation.ts'
import type { PeerMessage, SeatName } from '../../../machines/protocol/messages.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { createMemoryStorage } from '../../client/common/memoryStorage.ts'
import { type Action, ActorShell } from './actorShell.ts'
import { NumberTable } from './numberTable.ts'

/** The machines of a page, connected by client/session/connectMachines.ts, and the storage of its tab. */
export interface PageModel {
  membership: SnapshotFrom<typeof realMembership>
  call: SnapshotFrom<typeof realCall>
  signaling: SnapshotFrom<typeof realSignaling>
  camera: SnapshotFrom<typeof realDevice>
  preparation: SnapshotFrom<typeof realPreparation>
  /** The remote description of the prepared connection; null without one. */
  preparedSdp: string | null
  timers: Timer[]
  storage: Record<string, string>
  /** Number of join keys created so far. */
  keys: number
}

export type MachineName = 'membership' | 'call' | 'signaling' | 'camera' | 'preparation'
/** A running timeout, in ms, with the event that ends it. */
export interface Timer {
  part: MachineName
  id: string
  delay: number
  event: { type: string }
}
export interface PageMachines {
  membership: typeof realMembership
  call: typeof realCall
  signaling: typeof realSignaling
  camera: typeof realDevice
  preparation: typeof realPreparation
}

/** Effects of a step of the page's machines. */
export type PageEffect =
  /** `isSeated`: the call had a seat when it was sent, or this is the one hang-up that gives the seat up. */
  | { type: 'message.sent'; message: PeerMessage; isSeated: boolean }
  | { type: 'socket.opened' }
  | { type: 'socket.closed' }
  /** `preparation`: the attempt whose connection is ready. */
  | { type: 'socket.commanded'; order: SocketCommand; preparation: number | null }
  | { type: 'peer.opened'; connection: string; isPrepared?: boolean }
  | { type: 'peer.closed' }
  | { type: 'peer.commanded'; order: PeerConnectionCommand }
  | { type: 'prepared.opened'; side: PreparationSide }
  | { type: 'prepared.closed' }
  | { type: 'prepared.commanded'; order: PreparedConnectionCommand }
  | { type: 'timer.started'; id: string }

export const realMachines: PageMachines = {
  membership: realMembership,
  call: realCall,
  signaling: realSignaling,
  camera: realDevice,
  preparation: realPreparation,
}

const parts = ['membership', 'call', 'signaling', 'camera', 'preparation'] as const

/** The two pages have verified each other; no other page can prove continuity (client/verification/continuity.ts). */
const provenContinuity: SessionParts['continuity'] = {
  sign: (message) => message,
  isUnauthenticated: (message) => 'sdp' in message && parseIceUfrag(message.sdp) === unauthenticatedUfrag,
  acceptPeer: () => undefined,
  waiveProof: () => undefined,
}
/** The name of the room. */
const room = 'den'
/** The ufrag of a page outside the call. */
export const unauthenticatedUfrag = 'unauthenticated'

/** One device stands for all: the other devices get the same events. */
const device = {
  getSnapshot: () => ({ matches: () => true }),
  send: () => undefined,
  subscribe: () => ({ unsubscribe: () => undefined }),
}

/** Returns the storage of a tab whose user selected this policy; null for none. */
export function storageWith(policy: RoomPolicy | null): Record<string, string> {
  const stored = new Map<string, string>()
  if (policy) new SeatStorage(createMemoryStorage(stored), room).setPolicy(policy)
  return Object.fromEntries(stored)
}

/** Loads one page model after another into the same connected machines, takes a step and saves the result. */
export class PageModelRunner {
  readonly #actors: Record<MachineName, ActorShell>
  readonly #storage = new Map<string, string>()
  #timers: Timer[] = []
  #keys = 0
  #who = ''
  #effects: PageEffect[] = []
  /** Whether the call had a seat before this step. */
  #hadSeat = false
  readonly #seat: SeatStorage
  readonly #preparation: ConnectedPreparation
  #preparedSdp: string | null = null
  readonly #initial: PageModel
  readonly #models = new NumberTable(pageModelKey)
  readonly #results = new Map<string, [PageModel, PageEffect[]]>()

  constructor(machines: PageMachines = realMachines) {
    const createActor = (part: MachineName, input?: object): ActorShell =>
      new ActorShell(machines[part], (action) => this.#execute(part, action), input)
    const actors = (this.#actors = {
      membership: createActor('membership'),
      call: createActor('call'),
      signaling: createActor('signaling', { room }),
      camera: createActor('camera', { kind: 'camera', selectedDeviceId: null }),
      preparation: createActor('preparation'),
    })
    const seat = (this.#seat = new SeatStorage(createMemoryStorage(this.#storage), room))
    connectMachines({
      ...actors,
      microphone: device,
      screen: device,
      seatStorage: seat,
      continuity: provenContinuity,
      onRemoteMediaState: () => undefined,
      outbox: { send: (message: PeerMessage) => this.#sendMessage(message) },
      createKey: () => `${this.#who}.key${++this.#keys}`,
      confirmPreparation: (id: number | undefined, holder: SeatName) =>
        id ? this.#preparation.confirm(id, holder) : undefined,
    } as unknown as SessionParts)
    // As client/session/callSession.ts does, and the code of the preparation is loaded.
    const preparation = (this.#preparation = connectPreparation({
      preparation: actors.preparation,
      machines: actors,
      mayPrepare: () => true,
      connection: () => ({ take: () => this.#preparedSdp }),
    } as unknown as ConnectedParts))
    actors.signaling.on('*', (effect) => preparation.onSignaling(effect))
    this.#initial = this.#save()
  }

  /** `media` messages do not affect the rules. */
  #sendMessage(message: PeerMessage): void {
    if (message.type === 'media') return
    const { call, membership } = this.#actors
    const hasSeat = (call.snapshot as PageModel['call']).context.seat !== null
    const isByUser = (membership.snapshot as PageModel['membership']).matches({ left: 'byUser' })
    const isHangup = message.type === 'hangup' && this.#hadSeat && isByUser
    const isSeated = (hasSeat || isHangup) && !this.#effects.some(isLast)
    this.#effects.push({ type: 'message.sent', message, isSeated })
  }

  /** Loads a page in a tab whose storage may hold a seat (client/session/callSession.ts). */
  begin(who: string, { storage, keys }: Pick<PageModel, 'storage' | 'keys'>): [PageModel, PageEffect[]] {
    return this.#memoized(`${who} ${JSON.stringify([storage, keys])}`, who, { ...this.#initial, storage, keys }, () => {
      this.#actors.signaling.send({ type: 'page.opened' })
      this.#actors.camera.send({ type: 'user.switchedOn' })
      if (this.#seat.getToken()) this.#actors.membership.send({ type: 'page.reloaded' })
    })
  }

  /** Sends an event to one machine; returns the new model and its effects. */
  send(who: string, model: PageModel, part: MachineName, event: { type: string }): [PageModel, PageEffect[]] {
    return this.#memoized(`${who} ${this.numberOf(model)} ${part} ${JSON.stringify(event)}`, who, model, () =>
      this.#actors[part].send(event),
    )
  }

  /** Equal models have the same number. */
  numberOf(model: PageModel): number {
    return this.#models.numberOf(model)
  }

  /** The user selects a policy; returns the new model and its effects. */
  selectPolicy(who: string, model: PageModel, policy: RoomPolicy): [PageModel, PageEffect[]] {
    return this.#memoized(`${who} ${this.numberOf(model)} selects ${policy}`, who, model, () => {
      this.#seat.setPolicy(policy)
      this.#actors.signaling.send({ type: 'policy.selected', policy } as { type: string })
    })
  }

  /** A message of the peer over the prepared connection may begin the call. */
  claim(who: string, model: PageModel, message: 'join' | 'admitted'): [PageModel, PageEffect[]] {
    return this.#memoized(`${who} ${this.numberOf(model)} hears ${message}`, who, model, () =>
      this.#preparation.onPeerClaim(message),
    )
  }

  /** The user admits the visitor (client/pages/door/DoorPrompt.svelte). */
  admit(who: string, model: PageModel, visitor: number): [PageModel, PageEffect[]] {
    return this.#memoized(`${who} ${this.numberOf(model)} admits ${visitor}`, who, model, () => {
      this.#actors.preparation.send({ type: 'user.claimed' })
      this.#actors.signaling.send({ type: 'visitor.answered', visitor, isAdmitted: true } as { type: string })
    })
  }

  /** Ends a timeout; returns the new model and its effects. */
  fire(who: string, model: PageModel, timer: Timer): [PageModel, PageEffect[]] {
    const timers = model.timers.filter(({ id }) => id !== timer.id)
    return this.send(who, { ...model, timers }, timer.part, timer.event)
  }

  /** The same step of the same model is computed once. */
  #memoized(key: string, who: string, model: PageModel, act: () => void): [PageModel, PageEffect[]] {
    const known = this.#results.get(key)
    if (known) return known
    this.#load(who, model)
    act()
    const result: [PageModel, PageEffect[]] = [this.#models.at(this.numberOf(this.#save())), this.#effects]
    this.#results.set(key, result)
    return result
  }

  #load(who: string, { timers, storage, keys, preparedSdp, ...snapshots }: PageModel): void {
    this.#who = who
    this.#preparedSdp = preparedSdp
    this.#effects = []
    this.#timers = timers
    this.#keys = keys
    this.#storage.clear()
    for (const [name, value] of Object.entries(storage)) this.#storage.set(name, value)
    for (const part of parts) this.#actors[part].snapshot = snapshots[part]
    this.#hadSeat = snapshots.call.context.seat !== null
  }

  #save(): PageModel {
    const { membership, call, signaling, camera, preparation } = this.#actors
    return {
      membership: membership.snapshot,
      call: call.snapshot,
      signaling: signaling.snapshot,
      camera: camera.snapshot,
      preparation: preparation.snapshot,
      preparedSdp: this.#preparedSdp,
      timers: [...this.#timers].sort((one, other) => (one.id < other.id ? -1 : 1)),
      storage: Object.fromEntries([...this.#storage].sort()),
      keys: this.#keys,
    } as PageModel
  }

  #execute(part: MachineName, { type, params = {} }: Action): void {
    // The camera's track is not modeled.
    if (part === 'camera') return
    const effect = this.#effectOf(part, type, params)
    if (effect) this.#effects.push(effect)
    if (type === 'xstate.cancel') this.#timers = this.#timers.filter(({ id }) => id !== params.sendId)
    if (type === 'xstate.raise' && params.delay !== undefined) this.#startTimer({ part, ...params } as Timer)
  }

  #effectOf(part: MachineName, type: string, params: NonNullable<Action['params']>): PageEffect | null {
    if (part === 'signaling') return signalingEffect(type, params, this.#preparation.readyAttempt())
    if (part !== 'preparation') return callEffect(type, params)
    const effect = preparationEffect(type, params)
    if (effect?.type === 'prepared.opened') this.#preparedSdp = null
    if (effect?.type === 'prepared.commanded' && 'sdp' in effect.order) this.#preparedSdp = effect.order.sdp
    return effect
  }

  /** `stableAfter` only resets the backoff, and timeouts have no duration here. */
  #startTimer({ part, id, delay, event }: Timer): void {
    if (id.includes('.stableAfter.')) return
    this.#timers = [...this.#timers.filter((timer) => timer.id !== id), { part, id, delay, event }]
    this.#effects.push({ type: 'timer.started', id })
  }
}

/** Nothing follows a hang-up or a leave in the same step. */
const isLast = (effect: PageEffect): boolean =>
  (effect.type === 'socket.commanded' && effect.order.type === 'leave') ||
  (effect.type === 'message.sent' && effect.message.type === 'hangup')

function signalingEffect(
  type: string,
  { event }: NonNullable<Action['params']>,
  preparation: number | null,
): PageEffect | null {
  if (type === 'xstate.spawnChild') return { type: 'socket.opened' }
  if (type === 'xstate.stopChild') return { type: 'socket.closed' }
  return type === 'xstate.sendTo' ? { type: 'socket.commanded', order: event as SocketCommand, preparation } : null
}

function callEffect(type: string, { event, input }: NonNullable<Action['params']>): PageEffect | null {
  if (type === 'xstate.spawnChild') return { type: 'peer.opened', ...(input as { connection: string }) }
  if (type === 'xstate.stopChild') return { type: 'peer.closed' }
  return type === 'xstate.sendTo' ? { type: 'peer.commanded', order: event as PeerConnectionCommand } : null
}

function preparationEffect(type: string, { event, input }: NonNullable<Action['params']>): PageEffect | null {
  if (type === 'xstate.spawnChild') return { type: 'prepared.opened', ...(input as { side: PreparationSide }) }
  if (type === 'xstate.stopChild') return { type: 'prepared.closed' }
  return type === 'xstate.sendTo' ? { type: 'prepared.commanded', order: event as PreparedConnectionCommand } : null
}

/** Two models with the same key behave the same. The backoff and the reason of an ended call make no difference. */
export function pageModelKey(model: PageModel): string {
  const { membership, call, signaling, camera, preparation, preparedSdp, timers, storage, keys } = model
  const { joinKey, token, formerToken, position, mediaFlow, visit, policy, selectedPolicy } = signaling.context
  const reason = call.value === 'hangup' ? call.context.reason : null
  return JSON.stringify([
    membership.value,
    membership.context,
    call.value,
    { ...call.context, reason },
    signaling.value,
    joinKey,
    token,
    formerToken,
    position,
    mediaFlow,
    visit,
    policy,
    selectedPolicy,
    camera.value,
    preparation.value,
    preparation.context,
    preparedSdp,
    timers.map(({ id }) => id),
    storage,
    keys,
  ])
}
