import { expect, vi } from 'vitest'
import type { Peer } from '../../../client/webrtc/peerConnection.ts'
import { Tracks } from '../../../client/media/localTracks.ts'
import type { ConnectionFact, ConnectionOrder } from '../../../machines/call/callEvents.ts'
import { ufragOf } from '../../../machines/protocol/iceCandidate.ts'
import { FakeTrack } from '../common/fakes.ts'
import { Air } from './air.ts'
import { Household } from './household.ts'
import type { Pace } from './socket.ts'

export type Step =
  | { do: 'offer' | 'take offer'; restart: boolean }
  | { do: 'take answer' | 'take candidate' | 'network' | 'part' | 'stop' | 'fail' | 'arrive' | 'open channel' | 'close channel' }
  | { do: 'hear'; text: string }
  | { do: 'track'; kind: 'camera' | 'microphone'; isOn: boolean } | { do: 'path'; state: 'connected' | 'disconnected' | 'failed' } | { do: 'pass'; milliseconds: number }

/** A peer, a browser, and a machine that orders only what makes sense. */
export class Bench {
  readonly air: Air
  readonly peer: Peer
  readonly facts: ConnectionFact[] = []
  readonly tracks = new Tracks()
  readonly household: Household
  isStopped = false
  /** It said good-bye on a connection that there was. */
  isParting = false
  readonly #stopAt: number
  readonly orders: ConnectionOrder[] = []
  #negotiation = 0
  #isAsking = false
  #theirs: string | null = null
  #generation = 0

  constructor(pace: Pace, Subject: typeof Peer, stopAt: number) {
    this.#stopAt = stopAt
    this.air = new Air(pace)
    this.household = new Household(pace, this.tracks)
    vi.stubGlobal('RTCPeerConnection', this.air.RTCPeerConnection)
    vi.stubGlobal('MediaStream', class { addTrack(): void {} })
    this.peer = new Subject(this.household.parts, { connection: 'a1.1', relayOnly: false }, (fact) => this.#hear(fact))
  }

  get pc() {
    return this.air.connections[0]
  }

  carryOut(step: Step): void {
    if (step.do === 'pass') vi.advanceTimersByTime(step.milliseconds)
    else if (step.do === 'track') this.tracks.set(step.kind, step.isOn ? new FakeTrack(step.kind === 'camera' ? 'video' : 'audio') as unknown as MediaStreamTrack : null)
    else if (step.do === 'path') this.pc?.become(step.state)
    else if (step.do === 'fail') this.air.failing += 1
    else if (step.do === 'arrive') this.#arrive()
    else if (step.do === 'hear') this.pc?.channel?.arrive(step.text)
    else if (step.do === 'open channel' || step.do === 'close channel') this.#turn(step.do === 'open channel')
    else if (this.isStopped) return
    else if (step.do === 'stop') this.stop()
    else this.#order(step)
  }

  stop(): void {
    if (this.isStopped) return
    this.isStopped = true
    this.isParting = this.pc !== undefined && this.orders.some(({ type }) => type === 'say.bye')
    this.peer.close()
    this.household.end()
  }

  look(): void {
    const { complaints, connections } = this.air
    const wrongs = complaints.filter((each) => !this.#wasFailed || each.includes('after close'))
    expect(wrongs, wrongs.join('; ')).toEqual([])
    expect(connections.length).toBeLessThanOrEqual(1)
    const isOpenAllowed = !this.isStopped || this.isParting
    expect(connections.filter(({ isClosed }) => !isClosed && !isOpenAllowed), 'open after the stop').toEqual([])
    expect(connections.filter(({ isClosed }) => isClosed && !this.isStopped), 'closed before the stop').toEqual([])
    this.#expectOrder()
    this.household.look()
  }

  /** A good-bye is on its way, and nothing else. */
  expectSilence(): void {
    if (this.isParting && !this.pc?.isClosed) expect(this.pc?.isHushed, 'sent after the good-bye').toBe(true)
  }

  expectEnd(): void {
    const [pc] = this.air.connections
    expect(pc?.closings ?? 1, 'closed once').toBe(1)
    this.household.expectEnd()
    expect(vi.getTimerCount(), 'timers left').toBe(0)
  }

  expectAllDone(): void {
    const due = this.orders.filter(({ type }) => type === 'make.offer' || type === 'take.offer')
    const made = this.facts.filter(({ type }) => type === 'offer.made' || type === 'answer.made')
    if (!this.#wasFailed) expect(made.length, 'orders carried out').toBe(due.length)
  }

  /** What the browser would not do, later steps stumble over. */
  get #wasFailed(): boolean {
    return this.facts.some(({ type }) => type === 'connection.broke')
  }

  /** Facts come in the order of their orders, and media on an open path only, once each time. */
  #expectOrder(): void {
    const made = this.facts.filter((fact) => fact.type === 'offer.made' || fact.type === 'answer.made').map(({ negotiation }) => negotiation)
    expect(made, 'facts in the order of their orders').toEqual([...made].sort((one, other) => one - other))
    const path = this.facts.map(({ type }) => type).filter((type) => type.startsWith('path.') || type === 'media.flowed')
    const odd = path.filter((type, index) => type === 'media.flowed' && path[index - 1] !== 'path.opened')
    expect(odd, 'media without a path').toEqual([])
  }

  #arrive(): void {
    if (this.pc) this.pc.packets += 1
  }

  /** As the browser does: over a path that is there, and for as long. */
  #turn(isOn: boolean): void {
    const { pc } = this
    if (!pc || pc.isClosed) return
    pc.hears = isOn
    if (!isOn) pc.channel?.end()
    else if (pc.connectionState === 'connected') pc.channel?.open()
  }

  #order(step: Step): void {
    if (step.do === 'part') {
      this.#obey({ type: 'say.bye' })
      this.stop()
    } else if (step.do === 'network') this.#obey({ type: 'look.at.path' })
    else if (step.do === 'offer') {
      this.#isAsking = true
      this.#obey({ type: 'make.offer', negotiation: ++this.#negotiation, restart: step.restart })
    } else if (step.do === 'take offer') {
      this.#isAsking = false
      this.#obey({ type: 'take.offer', connection: 'a1.1', negotiation: ++this.#negotiation, sdp: this.#describe(step.restart) })
    } else if (step.do === 'take answer' && this.#isAsking) {
      this.#isAsking = false
      this.#obey({ type: 'take.answer', connection: 'a1.1', negotiation: this.#negotiation, sdp: this.#describe(false) })
    } else if (step.do === 'take candidate' && this.#theirs) {
      const usernameFragment = ufragOf(this.#theirs)
      this.#obey({ type: 'take.candidate', candidate: { candidate: 'candidate:1 1 udp 1 192.0.2.8 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment } })
    }
  }

  #obey(order: ConnectionOrder): void {
    this.orders.push(order)
    this.peer.obey(order)
  }

  #describe(isRestart: boolean): string {
    if (isRestart) this.#generation += 1
    return this.#theirs = `v=0\r\ns=theirs\r\na=ice-ufrag:theirs${this.#generation}\r\n`
  }

  #hear(fact: ConnectionFact): void {
    if (this.isStopped) this.air.complaints.push(`${fact.type} after close`)
    if (this.facts.push(fact) === this.#stopAt) this.stop()
  }
}
