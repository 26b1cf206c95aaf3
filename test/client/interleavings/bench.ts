import { expect, vi } from 'vitest'
import type { Peer, PeerParts } from '../../../client/peer.ts'
import { Tracks } from '../../../client/tracks.ts'
import type { ConnectionFact, ConnectionOrder } from '../../../machines/call.facts.ts'
import { ufragOf } from '../../../machines/candidate.ts'
import { FakeTrack } from '../fakes.ts'
import { Air } from './air.ts'
import type { Pace } from './socket.ts'

export type Step =
  | { do: 'offer'; restart: boolean } | { do: 'take offer' | 'take answer' | 'take candidate' | 'network' | 'stop' | 'fail' }
  | { do: 'track'; kind: 'camera' | 'microphone'; isOn: boolean } | { do: 'path'; state: 'connected' | 'disconnected' | 'failed' } | { do: 'pass'; milliseconds: number }

/** A peer, a browser, and a machine that orders only what makes sense. */
export class Bench {
  readonly air: Air
  readonly peer: Peer
  readonly facts: ConnectionFact[] = []
  readonly tracks = new Tracks()
  isStopped = false
  shown: MediaStream | null = null
  isMeasured = false
  watchers = 0
  readonly #stopAt: number
  readonly #pace: Pace
  readonly orders: ConnectionOrder[] = []
  #negotiation = 0
  #isAsking = false
  #changed = (): void => undefined
  #theirs: string | null = null

  constructor(pace: Pace, Subject: typeof Peer, stopAt: number) {
    this.#pace = pace
    this.#stopAt = stopAt
    this.air = new Air(pace)
    vi.stubGlobal('RTCPeerConnection', this.air.RTCPeerConnection)
    vi.stubGlobal('MediaStream', class { addTrack(): void {} })
    this.peer = new Subject(this.#parts(), 'a1.1', (fact) => this.#hear(fact))
  }

  get #pc() {
    return this.air.connections[0]
  }

  carryOut(step: Step): void {
    if (step.do === 'pass') vi.advanceTimersByTime(step.milliseconds)
    else if (step.do === 'track') this.tracks.set(step.kind, step.isOn ? new FakeTrack(step.kind === 'camera' ? 'video' : 'audio') as unknown as MediaStreamTrack : null)
    else if (step.do === 'path') this.#pc?.become(step.state)
    else if (step.do === 'network') this.#changed()
    else if (step.do === 'fail') this.air.failing += 1
    else if (this.isStopped) return
    else if (step.do === 'stop') this.stop()
    else this.#order(step)
  }

  stop(): void {
    if (this.isStopped) return
    this.isStopped = true
    this.peer.close()
  }

  look(): void {
    const { complaints, connections } = this.air
    const wrongs = complaints.filter((each) => !this.#wasFailed || each.includes('after close'))
    expect(wrongs, wrongs.join('; ')).toEqual([])
    expect(connections.length).toBeLessThanOrEqual(1)
    expect(connections.filter(({ isClosed }) => isClosed !== this.isStopped), 'open after the stop, or closed before').toEqual([])
    const made = this.facts.filter((fact) => fact.type === 'offer.made' || fact.type === 'answer.made').map(({ negotiation }) => negotiation)
    expect(made, 'facts in the order of their orders').toEqual([...made].sort((one, other) => one - other))
  }

  expectEnd(): void {
    const [pc] = this.air.connections
    expect(pc?.closings ?? 1, 'closed once').toBe(1)
    expect([this.shown, this.isMeasured]).toEqual([null, false])
    expect(this.watchers).toBe(0)
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

  #order(step: Step): void {
    if (step.do === 'offer') {
      this.#isAsking = true
      this.#obey({ type: 'make.offer', negotiation: ++this.#negotiation, restart: step.restart })
    } else if (step.do === 'take offer') {
      this.#isAsking = false
      this.#obey({ type: 'take.offer', connection: 'a1.1', negotiation: ++this.#negotiation, sdp: this.#describe() })
    } else if (step.do === 'take answer' && this.#isAsking) {
      this.#isAsking = false
      this.#obey({ type: 'take.answer', connection: 'a1.1', negotiation: this.#negotiation, sdp: this.#describe() })
    } else if (step.do === 'take candidate' && this.#theirs) {
      const usernameFragment = ufragOf(this.#theirs)
      this.#obey({ type: 'take.candidate', candidate: { candidate: 'candidate:1 1 udp 1 192.0.2.8 9 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment } })
    }
  }

  #obey(order: ConnectionOrder): void {
    this.orders.push(order)
    this.peer.obey(order)
  }

  #describe(): string {
    return this.#theirs = `v=0\r\ns=theirs\r\na=ice-ufrag:theirs${this.#negotiation}\r\n`
  }

  #hear(fact: ConnectionFact): void {
    if (this.isStopped) this.air.complaints.push(`${fact.type} after close`)
    if (this.facts.push(fact) === this.#stopAt) this.stop()
  }

  #parts(): PeerParts {
    const wait = (what: string) => this.#pace.schedule(Promise.resolve(), what)
    return {
      tracks: this.tracks, relayOnly: false,
      ice: { servers: () => wait('ice servers').then(() => []) } as unknown as PeerParts['ice'],
      settled: () => wait('devices'),
      show: (remote) => { this.shown = remote },
      measure: (stats) => { this.isMeasured = stats !== null },
      watchNetwork: (changed) => {
        this.watchers += 1
        this.#changed = changed
        return () => { this.watchers -= 1 }
      },
    }
  }
}
