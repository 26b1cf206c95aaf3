import { expect, vi } from 'vitest'
import type { PeerConnection } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { PeerConnectionEvent, PeerConnectionCommand } from '../../../machines/call/callEvents.ts'
import { parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'
import { FakeTrack } from '../common/fakes.ts'
import { FakePeerNetwork } from '../webrtc/fakePeerNetwork.ts'
import { PeerConnectionPartsStub } from './peerConnectionPartsStub.ts'
import type { TaskScheduler } from '../common/taskScheduler.ts'

export type Step =
  | { do: 'offer' | 'apply offer'; restart: boolean }
  | {
      do:
        | 'apply answer'
        | 'add candidate'
        | 'network'
        | 'hang up'
        | 'stop'
        | 'fail'
        | 'receive packet'
        | 'open channel'
        | 'close channel'
    }
  | { do: 'receive text'; text: string }
  | { do: 'track'; kind: 'camera' | 'microphone'; isOn: boolean }
  | { do: 'path'; state: 'connected' | 'disconnected' | 'failed' }
  | { do: 'pass time'; milliseconds: number }

/** A peer, a fake browser, and a machine that sends only valid commands. */
export class PeerHarness {
  readonly network: FakePeerNetwork
  readonly peer: PeerConnection
  readonly facts: PeerConnectionEvent[] = []
  readonly tracks = new Tracks()
  readonly partsStub: PeerConnectionPartsStub
  isStopped = false
  /** True if a hang-up was sent on an existing connection. */
  hasHungUp = false
  readonly #stopAt: number
  readonly orders: PeerConnectionCommand[] = []
  #negotiation = 0
  #isAwaitingAnswer = false
  #remoteSdp: string | null = null
  #generation = 0

  constructor(scheduler: TaskScheduler, Subject: typeof PeerConnection, stopAt: number) {
    this.#stopAt = stopAt
    this.network = new FakePeerNetwork(scheduler)
    this.partsStub = new PeerConnectionPartsStub(scheduler, this.tracks)
    vi.stubGlobal('RTCPeerConnection', this.network.RTCPeerConnection)
    vi.stubGlobal(
      'MediaStream',
      class {
        addTrack(): void {}
      },
    )
    this.peer = new Subject(this.partsStub.parts, { connection: 'a1.1', relayOnly: false }, (fact) =>
      this.#recordEvent(fact),
    )
  }

  get pc() {
    return this.network.connections[0]
  }

  carryOut(step: Step): void {
    if (step.do === 'pass time') vi.advanceTimersByTime(step.milliseconds)
    else if (step.do === 'track')
      this.tracks.set(step.kind, step.isOn ? new FakeTrack(step.kind === 'camera' ? 'video' : 'audio') : null)
    else if (step.do === 'path') this.pc?.setConnectionState(step.state)
    else if (step.do === 'fail') this.network.pendingFailures += 1
    else if (step.do === 'receive packet') this.#receivePacket()
    else if (step.do === 'receive text') this.pc?.channel?.arrive(step.text)
    else if (step.do === 'open channel' || step.do === 'close channel') this.#setChannelOpen(step.do === 'open channel')
    else if (this.isStopped) return
    else if (step.do === 'stop') this.stop()
    else this.#sendCommand(step)
  }

  stop(): void {
    if (this.isStopped) return
    this.isStopped = true
    this.hasHungUp = this.pc !== undefined && this.orders.some(({ type }) => type === 'sendHangup')
    this.peer.close()
    this.partsStub.end()
  }

  checkInvariants(): void {
    const { violations, connections } = this.network
    const wrongs = violations.filter((each) => !this.#hasFailed || each.includes('after close'))
    expect(wrongs, wrongs.join('; ')).toEqual([])
    expect(connections.length).toBeLessThanOrEqual(1)
    const isOpenAllowed = !this.isStopped || this.hasHungUp
    expect(
      connections.filter(({ isClosed }) => !isClosed && !isOpenAllowed),
      'open after the stop',
    ).toEqual([])
    expect(
      connections.filter(({ isClosed }) => isClosed && !this.isStopped),
      'closed before the stop',
    ).toEqual([])
    this.#expectOrder()
    this.partsStub.checkInvariants()
  }

  /** After a hang-up message nothing else is sent. */
  expectNothingSent(): void {
    if (this.hasHungUp && !this.pc?.isClosed) expect(this.pc?.hasStoppedSending, 'sent after the hang-up').toBe(true)
  }

  expectEnd(): void {
    const [pc] = this.network.connections
    expect(pc?.closeCount ?? 1, 'closed once').toBe(1)
    this.partsStub.expectEnd()
    expect(vi.getTimerCount(), 'timers left').toBe(0)
  }

  expectCommandsDone(): void {
    const due = this.orders.filter(({ type }) => type === 'createOffer' || type === 'applyOffer')
    const made = this.facts.filter(({ type }) => type === 'offer.created' || type === 'answer.created')
    if (!this.#hasFailed) expect(made.length, 'commands executed').toBe(due.length)
  }

  /** A failed browser operation makes later steps fail too. */
  get #hasFailed(): boolean {
    return this.facts.some(({ type }) => type === 'connection.failed')
  }

  /** Events come in the order of their commands. Media starts only on a connected transport, once per connect. */
  #expectOrder(): void {
    const made = this.facts
      .filter((fact) => fact.type === 'offer.created' || fact.type === 'answer.created')
      .map(({ negotiation }) => negotiation)
    expect(made, 'events in the order of their commands').toEqual([...made].sort((one, other) => one - other))
    const path = this.facts
      .map(({ type }) => type)
      .filter((type) => type.startsWith('transport.') || type === 'media.started')
    const odd = path.filter((type, index) => type === 'media.started' && path[index - 1] !== 'transport.connected')
    expect(odd, 'media without a transport').toEqual([])
  }

  #receivePacket(): void {
    if (this.pc) this.pc.packetCount += 1
  }

  /** Opens or closes the channel as the browser does, while the transport is connected. */
  #setChannelOpen(isOn: boolean): void {
    const { pc } = this
    if (!pc || pc.isClosed) return
    pc.isReceiving = isOn
    if (!isOn) pc.channel?.closeRemotely()
    else if (pc.connectionState === 'connected') pc.channel?.open()
  }

  #sendCommand(step: Step): void {
    if (step.do === 'hang up') {
      this.#execute({ type: 'sendHangup' })
      this.stop()
    } else if (step.do === 'network') this.#execute({ type: 'checkTransport' })
    else if (step.do === 'offer') {
      this.#isAwaitingAnswer = true
      this.#execute({ type: 'createOffer', negotiation: ++this.#negotiation, iceRestart: step.restart })
    } else if (step.do === 'apply offer') {
      this.#isAwaitingAnswer = false
      this.#execute({
        type: 'applyOffer',
        connection: 'a1.1',
        negotiation: ++this.#negotiation,
        sdp: this.#createRemoteSdp(step.restart),
      })
    } else if (step.do === 'apply answer' && this.#isAwaitingAnswer) {
      this.#isAwaitingAnswer = false
      this.#execute({
        type: 'applyAnswer',
        connection: 'a1.1',
        negotiation: this.#negotiation,
        sdp: this.#createRemoteSdp(false),
      })
    } else if (step.do === 'add candidate' && this.#remoteSdp) {
      const usernameFragment = parseIceUfrag(this.#remoteSdp)
      this.#execute({
        type: 'addCandidate',
        candidate: {
          candidate: 'candidate:1 1 udp 1 192.0.2.8 9 typ host',
          sdpMid: '0',
          sdpMLineIndex: 0,
          usernameFragment,
        },
      })
    }
  }

  #execute(order: PeerConnectionCommand): void {
    this.orders.push(order)
    this.peer.execute(order)
  }

  #createRemoteSdp(isRestart: boolean): string {
    if (isRestart) this.#generation += 1
    return (this.#remoteSdp = `v=0\r\ns=theirs\r\na=ice-ufrag:theirs${this.#generation}\r\n`)
  }

  #recordEvent(fact: PeerConnectionEvent): void {
    if (this.isStopped) this.network.violations.push(`${fact.type} after close`)
    if (this.facts.push(fact) === this.#stopAt) this.stop()
  }
}
