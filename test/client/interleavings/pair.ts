import { expect, vi } from 'vitest'
import { FakeTrack } from '../common/fakes.ts'
import { Air } from './air.ts'
import { Party, type Subject } from './party.ts'
import type { Pace } from './socket.ts'

export type Who = 0 | 1
export type Step =
  | { do: 'track'; who: Who; isOn: boolean } | { do: 'network' | 'lose mail' | 'hang up' | 'deafen' | 'recover' | 'lose link' | 'regain link'; who: Who }
  | { do: 'path'; who: Who; state: 'disconnected' | 'failed' } | { do: 'fail' } | { do: 'pass'; milliseconds: number }

/** In milliseconds, as in client/webrtc/peerConnection.ts. */
const farewell = 300

/** Two at one room, and whatever happens to them. */
export class Pair {
  readonly air: Air
  readonly parties: readonly [Party, Party]
  /** When somebody hung up: such a connection stays until that is told. */
  readonly #partings: number[] = []

  constructor(pace: Pace, subject: Subject) {
    this.air = new Air(pace)
    vi.stubGlobal('RTCPeerConnection', this.air.RTCPeerConnection)
    vi.stubGlobal('MediaStream', class { addTrack(): void {} })
    const [one, other] = this.parties = [new Party(pace, subject, 'one'), new Party(pace, subject, 'other')]
    one.actor.on('message.said', ({ message }) => one.say(message.type, () => other.hear(message)))
    other.actor.on('message.said', ({ message }) => other.say(message.type, () => one.hear(message)))
    for (const { actor } of this.parties) actor.start()
    one.arrive({ type: 'seat.given', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false })
    void pace.schedule(Promise.resolve(), 'the other arrives').then(() => {
      one.receive('arrived', () => one.actor.send({ type: 'peer.arrived' }))
      other.arrive({ type: 'seat.given', seat: 'b', role: 'polite', epoch: 2, peer: one.isOnline ? 'here' : 'away', resumed: false })
    })
  }

  carryOut(step: Step): void {
    if (step.do === 'pass') return void vi.advanceTimersByTime(step.milliseconds)
    if (step.do === 'fail') return void (this.air.failing += 1)
    const { actor, tracks } = this.parties[step.who]
    if (step.do === 'track') tracks.set('camera', step.isOn ? new FakeTrack('video') as unknown as MediaStreamTrack : null)
    else if (step.do === 'network') this.parties[step.who].changeNetwork()
    else if (step.do === 'lose mail') actor.send({ type: 'mail.lost' })
    else if (step.do === 'hang up') this.#part(step.who)
    else if (step.do === 'lose link' || step.do === 'regain link') this.#turnLink(step.who, step.do === 'regain link')
    else this.#turnPath(step)
  }

  look(mayFail: boolean): void {
    const { complaints, connections, open } = this.air
    const wrongs = complaints.filter((each) => !mayFail || each.includes('after close'))
    expect(wrongs, wrongs.join('; ')).toEqual([])
    const parting = this.#partings.filter((at) => Date.now() - at <= farewell)
    expect(open.length - parting.length, 'connections open').toBeLessThanOrEqual(2)
    expect(connections.filter(({ closings }) => closings > 1), 'closed once').toEqual([])
    for (const { household } of this.parties) household.look()
  }

  /** The links come back, if they have to. */
  heal(): void {
    this.air.failing = 0
    for (const who of [0, 1] as const) this.#turnLink(who, true)
  }

  /** Both know that it is over, or it is not. */
  get isAtRest(): boolean {
    return this.parties.every(({ state }) => state.matches('hangup')) || (this.parties.every(({ isFlowing }) => isFlowing) && this.isTogether)
  }

  get story(): string {
    return JSON.stringify(this.parties.map(({ state }) => state.value))
  }

  /** Each hears the other, and can tell it what no server hears. */
  get isTogether(): boolean {
    const [one, other, ...more] = this.air.open
    return more.length === 0 && one?.met === other && other?.met === one
      && [one, other].every((each) => each?.hears && each.connectionState === 'connected' && each.channel?.readyState === 'open')
  }

  end(): void {
    for (const { actor, household } of this.parties) {
      actor.stop()
      household.end()
    }
    vi.advanceTimersByTime(farewell)
    expect(this.air.open, 'open after the end').toEqual([])
    expect(this.air.connections.every(({ closings }) => closings === 1), 'closed once').toBe(true)
    expect(vi.getTimerCount(), 'timers left').toBe(0)
    for (const { household } of this.parties) household.expectEnd()
  }

  #part(who: Who): void {
    this.#partings.push(Date.now())
    this.parties[who].actor.send({ type: 'user.hungUp' })
  }

  /** The room tells the other one, once the other one has a seat. */
  #turnLink(who: Who, isUp: boolean): void {
    const [party, other] = [this.parties[who], this.parties[who === 0 ? 1 : 0]]
    const isTurned = isUp ? party.regainLink(other.isOnline ? 'here' : 'away') : party.loseLink()
    if (!isTurned || !this.#areTwo) return
    other.receive(isUp ? 'back' : 'away', () => other.actor.send(isUp ? { type: 'peer.back', fresh: false } : { type: 'peer.away' }))
  }

  get #areTwo(): boolean {
    return this.parties.every(({ isSeated }) => isSeated)
  }

  #turnPath(step: Exclude<Step, { do: 'pass' | 'fail' }>): void {
    const pc = this.air.open[step.who]
    if (step.do === 'recover') pc?.recover()
    else if (step.do === 'deafen') pc?.hear(false)
    else if (step.do === 'path') pc?.lose(step.state)
  }
}
