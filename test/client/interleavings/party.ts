import { type Actor, type AnyActorLogic, createActor } from 'xstate'
import type { PeerParts } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { call } from '../../../machines/call/callMachine.ts'
import type { CallFact, SeatGiven } from '../../../machines/call/callEvents.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { Household } from './household.ts'
import { type Pace, Way } from './socket.ts'

export type Connect = (parts: PeerParts) => AnyActorLogic
export interface Subject { call: typeof call; connect: Connect }

type Parcel = { what: string; arrive: () => void }

/** One of two: the real call machine and the real peer, on a connection that keeps to the rules. */
export class Party {
  readonly actor: Actor<typeof call>
  readonly tracks = new Tracks()
  readonly household: Household
  /** To this one, from the server. */
  readonly mail: Way
  /** What waits for a link: said by this one, and to it. */
  #kept: { up: Parcel[]; down: Parcel[] } | null = null
  /** What was said to the seat before anybody had it; then null. */
  #early: PeerMessage[] | null = []
  #seat: SeatGiven | null = null

  constructor(pace: Pace, { call: machine, connect }: Subject, name: string) {
    this.mail = new Way(pace, `to ${name}`)
    this.household = new Household(pace, this.tracks, name)
    this.actor = createActor(machine.provide({ actors: { connection: connect(this.household.parts) as never } }))
    this.actor.on('path.doubted', () => this.probe())
  }

  get state() {
    return this.actor.getSnapshot()
  }

  get isSeated(): boolean {
    return this.#seat !== null
  }

  get isOnline(): boolean {
    return this.#kept === null
  }

  get isFlowing(): boolean {
    return this.state.matches({ connected: { flowing: 'settled' } })
  }

  arrive(seat: SeatGiven): void {
    this.#seat = seat
    this.actor.send(seat)
    const early = this.#early ?? []
    this.#early = null
    for (const message of early) this.hear(message)
  }

  /** By the server, which keeps it while there is no link. */
  say(what: string, send: () => void): void {
    if (this.#kept) this.#kept.up.push({ what, arrive: send })
    else send()
  }

  /** As the server does: in order, each once (client/session/connectMachines.ts). */
  hear(message: PeerMessage): void {
    if (this.#seat === null && this.#early) return void this.#early.push(message)
    this.receive(message.type, () => {
      if (message.type === 'bye') this.actor.send({ type: 'bye.received' })
      else if (message.type === 'offer' || message.type === 'answer' || message.type === 'candidate') {
        const { type, ...told } = message
        this.actor.send({ ...told, type: `${type}.received` } as CallFact)
      }
    })
  }

  receive(what: string, arrive: () => void): void {
    const parcel = { what, arrive: () => { if (this.state.status === 'active') arrive() } }
    if (this.#kept) this.#kept.down.push(parcel)
    else this.mail.carry(what, parcel.arrive)
  }

  changeNetwork(): void {
    this.probe()
    this.actor.send({ type: 'network.changed' })
  }

  /** A server that is there says so. */
  probe(): void {
    if (this.isOnline && this.isSeated) this.receive('proof', () => this.actor.send({ type: 'line.proven' }))
  }

  /** Returns whether there was one. */
  loseLink(): boolean {
    if (this.#kept || !this.#seat) return false
    this.#kept = { up: [], down: [] }
    this.actor.send({ type: 'link.lost' })
    return true
  }

  /** The seat is the same, and so is what was said meanwhile. */
  regainLink(peer: 'here' | 'away'): boolean {
    const kept = this.#kept
    if (!kept || !this.#seat) return false
    this.#kept = null
    const seat = { ...this.#seat, peer, resumed: true }
    this.mail.carry('joined', () => { if (this.state.status === 'active') this.actor.send(seat) })
    for (const { what, arrive } of kept.down) this.mail.carry(what, arrive)
    for (const { arrive } of kept.up) arrive()
    return true
  }
}
