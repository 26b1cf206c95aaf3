import { expect, vi } from 'vitest'
import { FakeTrack } from '../common/fakes.ts'
import { FakePeerNetwork } from '../webrtc/fakePeerNetwork.ts'
import { CallHarness, type CallSubject, unauthenticatedUfrag } from './callHarness.ts'
import { parseUfrag } from '../webrtc/fakeNegotiation.ts'
import type { TaskScheduler } from '../common/taskScheduler.ts'

export type PartyIndex = 0 | 1
export type Step =
  | { do: 'track'; who: PartyIndex; isOn: boolean }
  | {
      do: 'network' | 'lose messages' | 'hang up' | 'stop receiving' | 'recover' | 'lose signaling' | 'regain signaling'
      who: PartyIndex
    }
  | { do: 'path'; who: PartyIndex; state: 'disconnected' | 'failed' }
  | { do: 'change tracks' | 'unauthenticated offer'; who: PartyIndex }
  | { do: 'fail' }
  | { do: 'pass time'; milliseconds: number }

/** The flush time of a hang-up in ms, as in client/webrtc/peerConnection.ts. */
const hangupDelayMs = 300

/** Two sides in one room, and the faults between them. */
export class CallPair {
  readonly network: FakePeerNetwork
  readonly harnesses: readonly [CallHarness, CallHarness]
  /** Times of hang-ups. The connection stays open until the hang-up message is flushed. */
  readonly #hangupTimes: number[] = []

  constructor(scheduler: TaskScheduler, subject: CallSubject) {
    this.network = new FakePeerNetwork(scheduler)
    vi.stubGlobal('RTCPeerConnection', this.network.RTCPeerConnection)
    vi.stubGlobal(
      'MediaStream',
      class {
        addTrack(): void {}
      },
    )
    const [one, other] = (this.harnesses = [
      new CallHarness(scheduler, subject, 'one'),
      new CallHarness(scheduler, subject, 'other'),
    ])
    one.actor.on('message.outgoing', ({ message }) => one.send(message.type, () => other.receiveMessage(message)))
    other.actor.on('message.outgoing', ({ message }) => other.send(message.type, () => one.receiveMessage(message)))
    for (const { actor } of this.harnesses) actor.start()
    one.takeSeat({ type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 1, peer: 'absent', resumed: false })
    void scheduler.schedule(Promise.resolve(), 'peer joins').then(() => {
      one.receive('arrived', () => one.actor.send({ type: 'peer.joined' }))
      other.takeSeat({
        type: 'join.accepted',
        seat: 'b',
        role: 'polite',
        epoch: 2,
        peer: one.isOnline ? 'connected' : 'disconnected',
        resumed: false,
      })
    })
  }

  carryOut(step: Step): void {
    if (step.do === 'pass time') return void vi.advanceTimersByTime(step.milliseconds)
    if (step.do === 'fail') return void (this.network.pendingFailures += 1)
    const { tracks } = this.harnesses[step.who]
    if (step.do === 'track') tracks.set('camera', step.isOn ? new FakeTrack('video') : null)
    else if (step.do === 'network') this.harnesses[step.who].changeNetwork()
    else if (step.do === 'lose messages') this.harnesses[step.who].loseMessages()
    else if (step.do === 'hang up') this.#hangUp(step.who)
    else if (step.do === 'unauthenticated offer') this.harnesses[step.who].receiveUnauthenticatedOffer()
    else if (step.do === 'lose signaling' || step.do === 'regain signaling')
      this.#setSignaling(step.who, step.do === 'regain signaling')
    else this.#changePath(step)
  }

  checkInvariants(mayFail: boolean): void {
    const { violations, connections, openConnections } = this.network
    const wrongs = violations.filter((each) => !mayFail || each.includes('after close'))
    expect(wrongs, wrongs.join('; ')).toEqual([])
    const parting = this.#hangupTimes.filter((at) => Date.now() - at <= hangupDelayMs)
    expect(openConnections.length - parting.length, 'connections open').toBeLessThanOrEqual(2)
    expect(
      connections.filter(({ closeCount }) => closeCount > 1),
      'closed once',
    ).toEqual([])
    expect(
      connections.filter(({ remoteDescription }) => parseUfrag(remoteDescription) === unauthenticatedUfrag),
      'connected with an unauthenticated peer',
    ).toEqual([])
    for (const { partsStub } of this.harnesses) partsStub.checkInvariants()
  }

  /** A user who is asked about an unauthenticated peer rejects it. */
  rejectUnauthenticatedPeers(): void {
    for (const who of [0, 1] as const) if (this.harnesses[who].state.matches('unauthenticatedPeer')) this.#hangUp(who)
  }

  /** Ends all faults and restores signaling. */
  clearFaults(): void {
    this.network.pendingFailures = 0
    for (const who of [0, 1] as const) this.#setSignaling(who, true)
  }

  /** True if the call has ended on both sides, or on neither. */
  get isAtRest(): boolean {
    return (
      this.harnesses.every(({ state }) => state.matches('hangup')) ||
      (this.harnesses.every(({ isFlowing }) => isFlowing) && this.isConnected)
    )
  }

  get stateText(): string {
    return JSON.stringify(this.harnesses.map(({ state }) => state.value))
  }

  /** True if each side receives media and has an open data channel. */
  get isConnected(): boolean {
    const [one, other, ...more] = this.network.openConnections
    return (
      more.length === 0 &&
      one?.partner === other &&
      other?.partner === one &&
      [one, other].every(
        (each) => each?.isReceiving && each.connectionState === 'connected' && each.channel?.readyState === 'open',
      )
    )
  }

  end(): void {
    for (const harness of this.harnesses) {
      const { actor, partsStub, sentAfterLeave } = harness
      harness.leave()
      expect(sentAfterLeave, 'sent after leaving').toEqual([])
      actor.stop()
      partsStub.end()
    }
    vi.advanceTimersByTime(hangupDelayMs)
    expect(this.network.openConnections, 'open after the end').toEqual([])
    expect(
      this.network.connections.every(({ closeCount }) => closeCount === 1),
      'closed once',
    ).toBe(true)
    expect(vi.getTimerCount(), 'timers left').toBe(0)
    for (const { partsStub } of this.harnesses) partsStub.expectEnd()
  }

  #hangUp(who: PartyIndex): void {
    this.#hangupTimes.push(Date.now())
    this.harnesses[who].actor.send({ type: 'user.hungUp' })
  }

  /** The server notifies the other side, once it has a seat. */
  #setSignaling(who: PartyIndex, isUp: boolean): void {
    const [harness, other] = [this.harnesses[who], this.harnesses[who === 0 ? 1 : 0]]
    const isTurned = isUp
      ? harness.regainSignaling(other.isOnline ? 'connected' : 'disconnected')
      : harness.loseSignaling()
    if (!isTurned || !this.#areBothSeated) return
    other.receive(isUp ? 'back' : 'away', () =>
      other.actor.send(isUp ? { type: 'peer.reconnected', reloaded: false } : { type: 'peer.disconnected' }),
    )
  }

  get #areBothSeated(): boolean {
    return this.harnesses.every(({ isSeated }) => isSeated)
  }

  #changePath(step: Exclude<Step, { do: 'pass time' | 'fail' }>): void {
    const pc = this.network.openConnections[step.who]
    if (step.do === 'recover') pc?.recoverPath()
    else if (step.do === 'change tracks') pc?.requestNegotiation()
    else if (step.do === 'stop receiving') pc?.setReceiving(false)
    else if (step.do === 'path') pc?.losePath(step.state)
  }
}
