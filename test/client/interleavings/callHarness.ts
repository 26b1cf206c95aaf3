import { type Actor, type AnyActorLogic, createActor } from 'xstate'
import type { PeerParts } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { callMachine } from '../../../machines/call/callMachine.ts'
import type { CallEvent, JoinAccepted } from '../../../machines/call/callEvents.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { PeerPartsStub } from './peerPartsStub.ts'
import { type TaskScheduler, ScheduledQueue } from '../common/taskScheduler.ts'

export type Connect = (parts: PeerParts) => AnyActorLogic
export interface CallSubject {
  machine: typeof callMachine
  connect: Connect
}

type QueuedTask = { what: string; arrive: () => void }

/** One of two sides: the real call machine and the real peer, on a fake connection that follows the specification. */
export class CallHarness {
  readonly actor: Actor<typeof callMachine>
  readonly tracks = new Tracks()
  readonly partsStub: PeerPartsStub
  /** Messages from the server to this side. */
  readonly incoming: ScheduledQueue
  /** Messages in both directions that wait while signaling is lost. */
  #offlineQueue: { up: QueuedTask[]; down: QueuedTask[] } | null = null
  /** Messages sent to the seat before it was taken; then null. */
  #earlyMessages: PeerMessage[] | null = []
  #seat: JoinAccepted | null = null

  constructor(scheduler: TaskScheduler, { machine, connect }: CallSubject, name: string) {
    this.incoming = new ScheduledQueue(scheduler, `to ${name}`)
    this.partsStub = new PeerPartsStub(scheduler, this.tracks, name)
    this.actor = createActor(machine.provide({ actors: { peerConnection: connect(this.partsStub.parts) as never } }))
    this.actor.on('transport.suspected', () => this.probe())
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
    const task = {
      what,
      arrive: () => {
        if (this.state.status === 'active') arrive()
      },
    }
    if (this.#offlineQueue) this.#offlineQueue.down.push(task)
    else this.incoming.enqueue(what, task.arrive)
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
