import { type Actor, type AnyActorLogic, createActor } from 'xstate'
import type { PeerConnectionParts } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { callMachine } from '../../../machines/call/callMachine.ts'
import type { CallEvent, JoinAccepted } from '../../../machines/call/callEvents.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { PeerConnectionPartsStub } from './peerConnectionPartsStub.ts'
import { type TaskScheduler, ScheduledQueue } from '../common/taskScheduler.ts'

export type Connect = (parts: PeerConnectionParts) => AnyActorLogic
export interface CallSubject {
  machine: typeof callMachine
  connect: Connect
}

/** The ufrag of a page that cannot prove its identity. */
export const unauthenticatedUfrag = 'unauthenticated'

type QueuedTask = { what: string; arrive: () => void }

/** Messages that a mailbox may lose. The digest of a `resync` repeats all others. */
const losableTypes = ['offer', 'answer', 'candidate']

/** One of two sides: the real call machine and the real peer, on a fake connection that follows the specification. */
export class CallHarness {
  readonly actor: Actor<typeof callMachine>
  readonly tracks = new Tracks()
  readonly partsStub: PeerConnectionPartsStub
  /** Messages from the server to this side. */
  readonly incoming: ScheduledQueue
  /** Messages in both directions that wait while signaling is lost. */
  #offlineQueue: { up: QueuedTask[]; down: QueuedTask[] } | null = null
  /** Messages sent to the seat before it was taken; then null. */
  #earlyMessages: PeerMessage[] | null = []
  #seat: JoinAccepted | null = null
  /** Number of losses of the mailbox so far. */
  #losses = 0
  #hasLeft = false
  /** Messages sent without a seat. */
  readonly sentAfterLeave: string[] = []

  constructor(scheduler: TaskScheduler, { machine, connect }: CallSubject, name: string) {
    this.incoming = new ScheduledQueue(scheduler, `to ${name}`)
    this.partsStub = new PeerConnectionPartsStub(scheduler, this.tracks, name)
    this.actor = createActor(machine.provide({ actors: { peerConnection: connect(this.partsStub.parts) as never } }))
    this.actor.on('transport.suspected', () => this.probe())
    this.actor.on('message.outgoing', ({ message }) => {
      if (this.#hasLeft) this.sentAfterLeave.push(message.type)
    })
  }

  get state() {
    return this.actor.getSnapshot()
  }

  get isSeated(): boolean {
    return this.#seat !== null
  }

  get isOnline(): boolean {
    return this.#offlineQueue === null
  }

  get isFlowing(): boolean {
    return this.state.matches({ connected: { flowing: 'stable' } })
  }

  takeSeat(seat: JoinAccepted): void {
    this.#seat = seat
    this.actor.send(seat)
    const early = this.#earlyMessages ?? []
    this.#earlyMessages = null
    for (const message of early) this.receiveMessage(message)
  }

  /** Another page in the peer's seat offers a connection, without a proof of identity. */
  receiveUnauthenticatedOffer(): void {
    if (!this.isSeated) return
    this.receive('unauthenticated offer', () =>
      this.actor.send({
        type: 'unauthenticatedOffer.received',
        connection: 'b999.1',
        negotiation: 1,
        sdp: `v=0\r\na=ice-ufrag:${unauthenticatedUfrag}\r\n`,
      }),
    )
  }

  /** Another tab takes the seat, so the page leaves the room. */
  leave(): void {
    this.#hasLeft = true
    this.actor.send({ type: 'seat.lost', reason: 'replaced' })
  }

  /** Sends through the server, which stores the message while signaling is down. */
  send(what: string, send: () => void): void {
    if (this.#offlineQueue) this.#offlineQueue.up.push({ what, arrive: send })
    else send()
  }

  /** Delivers a message as the server does: in order, once each (client/session/connectMachines.ts). */
  receiveMessage(message: PeerMessage): void {
    if (this.#seat === null && this.#earlyMessages) return void this.#earlyMessages.push(message)
    this.receive(message.type, () => {
      if (message.type === 'hangup') this.actor.send({ type: 'hangup.received' })
      else if (message.type === 'offer' || message.type === 'answer' || message.type === 'candidate') {
        const { type, ...scenario } = message
        this.actor.send({ ...scenario, type: `${type}.received` } as CallEvent)
      }
    })
  }

  receive(what: string, arrive: () => void): void {
    const losses = this.#losses
    const task = {
      what,
      arrive: () => {
        if (this.state.status !== 'active' || (losses < this.#losses && losableTypes.includes(what))) return
        arrive()
      },
    }
    if (this.#offlineQueue) this.#offlineQueue.down.push(task)
    else this.incoming.enqueue(what, task.arrive)
  }

  /** The mailbox of this side loses the messages in it. The server reports that with the next event. */
  loseMessages(): void {
    this.#losses += 1
    this.receive('resync', () => this.actor.send({ type: 'messages.lost' }))
  }

  changeNetwork(): void {
    this.probe()
    this.actor.send({ type: 'network.changed' })
  }

  /** Answers a probe while the server is reachable. */
  probe(): void {
    if (this.isOnline && this.isSeated) this.receive('proof', () => this.actor.send({ type: 'signaling.alive' }))
  }

  /** Returns true if signaling was connected. */
  loseSignaling(): boolean {
    if (this.#offlineQueue || !this.#seat) return false
    this.#offlineQueue = { up: [], down: [] }
    this.actor.send({ type: 'signaling.lost' })
    return true
  }

  /** Restores signaling with the same seat and the stored messages. */
  regainSignaling(peer: 'connected' | 'disconnected'): boolean {
    const kept = this.#offlineQueue
    if (!kept || !this.#seat) return false
    this.#offlineQueue = null
    const seat = { ...this.#seat, peer, resumed: true }
    this.incoming.enqueue('joined', () => {
      if (this.state.status === 'active') this.actor.send(seat)
    })
    for (const { what, arrive } of kept.down) this.incoming.enqueue(what, arrive)
    for (const { arrive } of kept.up) arrive()
    return true
  }
}
