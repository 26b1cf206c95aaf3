import { expect, vi } from 'vitest'
import { type Actor, type AnyActorLogic, createActor } from 'xstate'
import type { PeerParts } from '../../../client/peer.ts'
import { Tracks } from '../../../client/tracks.ts'
import type { call } from '../../../machines/call.ts'
import type { CallFact } from '../../../machines/call.facts.ts'
import type { PeerMessage } from '../../../machines/wire.ts'
import { FakeTrack } from '../fakes.ts'
import { Air } from './air.ts'
import { type Pace, Way } from './socket.ts'

export type Who = 0 | 1
export type Step =
  | { do: 'track'; who: Who; isOn: boolean } | { do: 'network'; who: Who } | { do: 'lose mail'; who: Who } | { do: 'hang up'; who: Who } | { do: 'path'; who: Who; state: 'disconnected' | 'failed' }
  | { do: 'fail' } | { do: 'pass'; milliseconds: number }

export type Connect = (parts: PeerParts) => AnyActorLogic
export interface Subject { call: typeof call; connect: Connect }

/** One of two: the real call machine and the real peer, on a connection that keeps to the rules. */
class Party {
  readonly actor: Actor<typeof call>
  readonly tracks = new Tracks()
  changed = (): void => undefined
  readonly mail: Way
  /** What was said to the seat before anybody had it; then null. */
  #early: PeerMessage[] | null = []

  constructor(pace: Pace, { call: machine, connect }: Subject, name: string) {
    this.mail = new Way(pace, `to ${name}`)
    const wait = (what: string) => pace.schedule(Promise.resolve(), `${name}: ${what}`)
    const connection = connect({
      tracks: this.tracks, relayOnly: false, show: () => undefined, measure: () => undefined,
      ice: { servers: () => wait('ice servers').then(() => []) } as unknown as PeerParts['ice'],
      settled: () => wait('devices'),
      watchNetwork: (changed) => {
        this.changed = changed
        return () => undefined
      },
    })
    this.actor = createActor(machine.provide({ actors: { connection: connection as never } }))
  }

  /** As the server does: in order, each once (client/wiring.ts). */
  hear(message: PeerMessage): void {
    if (this.actor.getSnapshot().context.seat === null && this.#early) return void this.#early.push(message)
    this.mail.carry(message.type, () => {
      if (this.state.status !== 'active') return
      if (message.type === 'bye') this.actor.send({ type: 'bye.received' })
      else if (message.type === 'offer' || message.type === 'answer' || message.type === 'candidate') {
        const { type, ...told } = message
        this.actor.send({ ...told, type: `${type}.received` } as CallFact)
      }
    })
  }

  arrive(seat: CallFact): void {
    this.actor.send(seat)
    const early = this.#early ?? []
    this.#early = null
    for (const message of early) this.hear(message)
  }

  get state() {
    return this.actor.getSnapshot()
  }

  /** A call that is over is over; one that is not has its picture. */
  get isAtRest(): boolean {
    return this.state.matches('hangup') || this.state.matches({ connected: 'flowing' })
  }
}

/** Two at one room, and whatever happens to them. */
export class Pair {
  readonly air: Air
  readonly parties: readonly [Party, Party]

  constructor(pace: Pace, subject: Subject) {
    this.air = new Air(pace)
    vi.stubGlobal('RTCPeerConnection', this.air.RTCPeerConnection)
    vi.stubGlobal('MediaStream', class { addTrack(): void {} })
    const [one, other] = this.parties = [new Party(pace, subject, 'one'), new Party(pace, subject, 'other')]
    one.actor.on('message.said', ({ message }) => other.hear(message))
    other.actor.on('message.said', ({ message }) => one.hear(message))
    for (const { actor } of this.parties) actor.start()
    one.actor.send({ type: 'seat.given', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false })
    void pace.schedule(Promise.resolve(), 'the other arrives').then(() => {
      one.mail.carry('arrived', () => one.actor.send({ type: 'peer.arrived' }))
      other.arrive({ type: 'seat.given', seat: 'b', role: 'polite', epoch: 2, peer: 'here', resumed: false })
    })
  }

  carryOut(step: Step): void {
    if (step.do === 'pass') return void vi.advanceTimersByTime(step.milliseconds)
    if (step.do === 'fail') return void (this.air.failing += 1)
    const { actor, tracks, changed } = this.parties[step.who]
    if (step.do === 'track') tracks.set('camera', step.isOn ? new FakeTrack('video') as unknown as MediaStreamTrack : null)
    else if (step.do === 'network') changed()
    else if (step.do === 'lose mail') actor.send({ type: 'mail.lost' })
    else if (step.do === 'hang up') actor.send({ type: 'user.hungUp' })
    else this.air.open[step.who]?.lose(step.state)
  }

  look(mayFail: boolean): void {
    const { complaints, connections, open } = this.air
    const wrongs = complaints.filter((each) => !mayFail || each.includes('after close'))
    expect(wrongs, wrongs.join('; ')).toEqual([])
    expect(open.length, 'connections open').toBeLessThanOrEqual(2)
    expect(connections.filter(({ closings }) => closings > 1), 'closed once').toEqual([])
  }

  end(): void {
    for (const { actor } of this.parties) actor.stop()
    expect(this.air.open, 'open after the end').toEqual([])
    expect(this.air.connections.every(({ closings }) => closings === 1), 'closed once').toBe(true)
    expect(vi.getTimerCount(), 'timers left').toBe(0)
  }
}
