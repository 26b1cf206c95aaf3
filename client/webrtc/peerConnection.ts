import { fromCallback } from 'xstate'
import type { ConnectionFact, ConnectionInput, ConnectionOrder } from '../../machines/call/callEvents.ts'
import { exchangeBeats, type MediaTalk } from './heartbeat.ts'
import { leadsSomewhere, plain } from './iceCandidates.ts'
import { type Channel, openChannel, type OpenChannel } from './dataChannel.ts'
import type { IceSource } from './iceServerCache.ts'
import { Negotiator } from './negotiator.ts'
import { Path, type PathFact } from './connectionMonitor.ts'
import { takePulse } from './statsPoller.ts'
import { Senders } from './senders.ts'
import { isUnsupported } from '../common/browserSupport.ts'
import type { Tracks } from '../media/localTracks.ts'

/** What the two have in confidence once their channel is open. */
export interface Confidence {
  pc: RTCPeerConnection
  /** Our own, made for this connection. */
  certificate: RTCCertificate
  connection: string
  channel: Channel
}

/** What a connection writes into the trace. It carries no facts: an error's text may hold an address. */
export type PeerNote =
  /** The other side sent too much on the data channel; it is closed. */
  | 'channel.flooded'
  /** This browser cannot make a connection at all. */
  | 'connection.unsupported'
  /** The browser refused a candidate of the other side. */
  | 'candidate.refused'

export interface PeerParts {
  tracks: Tracks
  ice: IceSource
  relayOnly: boolean
  media: MediaTalk
  /** Resolves when the devices that were asked for have answered, or take too long. */
  settled(): Promise<void>
  /** What arrives is to be shown; null: nothing does any more. */
  show(remote: MediaStream | null): void
  /** How its figures are read; null: there are none any more. */
  measure(stats: (() => Promise<RTCStatsReport>) | null): void
  /** Its figures, twice a second. */
  sample(report: RTCStatsReport): void
  /** This browser cannot make a connection at all: a method is missing, or Duet made a mistake. Another attempt does not help. */
  unsupported(): void
  /** Writes a line into the trace: something that no machine has to know. */
  note(event: PeerNote): void
  /** The channel is open; what this returns is called when it is not any more. */
  confide(talk: Confidence): () => void
}

/** How long pictures stay small after the path opened, in milliseconds. */
const smallFor = 1_000
/** How long a good-bye may take to leave. */
const farewell = 300
/** ECDSA takes the browser a millisecond, and a new one for each connection lets nobody be followed by it. */
const certificateKind = { name: 'ECDSA', namedCurve: 'P-256' } as const

type Report = (fact: ConnectionFact) => void

interface Open {
  pc: RTCPeerConnection
  senders: Senders
  path: Path
  channel: OpenChannel
  negotiator: Negotiator
}

/** The actor `connection` of machines/call/callMachine.ts: one RTCPeerConnection. */
export const connectionActor = (parts: PeerParts) =>
  fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ input, receive, sendBack }) => {
    const peer = new Peer(parts, input, sendBack)
    receive((order) => peer.obey(order))
    return () => peer.close()
  })

/** One RTCPeerConnection, from its making to its end. */
export class Peer {
  readonly #parts: PeerParts
  readonly #input: ConnectionInput
  readonly #stops: (() => void)[] = []
  #open: Open | null = null
  #remote: MediaStream | null = null
  #isOver = false
  #hasSaidBye = false
  #hasTransport = false
  /** There was a path at least once. */
  #hasOpened = false
  /** One thing after the other: a description may not overtake the one before. */
  #work: Promise<void>
  readonly #report: Report

  constructor(parts: PeerParts, input: ConnectionInput, report: Report) {
    this.#parts = parts
    this.#input = input
    this.#report = (fact) => { if (!this.#isOver) report(fact) }
    this.#work = this.#attempt(() => this.#begin())
  }

  /** In turn, but for what has none to wait for. */
  obey(order: ConnectionOrder): void {
    if (order.type === 'say.bye') this.#sayBye()
    else if (order.type === 'look.at.path') this.#open?.path.suspect()
    else this.#then(async () => this.#open?.negotiator.carryOut(order))
  }

  close(): void {
    this.#isOver = true
    for (const stop of this.#stops) stop()
    if (this.#remote) this.#parts.show(null)
    if (!this.#open) return
    this.#parts.measure(null)
    const { pc, senders } = this.#open
    if (!this.#hasSaidBye) return pc.close()
    senders.hush()
    setTimeout(() => pc.close(), farewell)
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(() => this.#attempt(work))
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#isOver) return
    await work().catch((error: unknown) => {
      // A connection that never had a path, and fails for what this browser lacks, fails again however often it is tried.
      if (!this.#hasOpened && !this.#isOver && isUnsupported(error)) this.#parts.unsupported()
      else this.#report({ type: 'connection.broke', message: String(error) })
    })
  }

  async #begin(): Promise<void> {
    const { ice, settled } = this.#parts
    // Media first: it saves a negotiation, and browsers hide their addresses from pages without a camera or a microphone.
    const [iceServers, certificate] = await Promise.all([ice.servers(), RTCPeerConnection.generateCertificate(certificateKind), settled()])
    if (!this.#isOver) this.#connect(iceServers, certificate)
  }

  #connect(iceServers: RTCIceServer[], certificate: RTCCertificate): void {
    const iceTransportPolicy = this.#parts.relayOnly || this.#input.relayOnly ? 'relay' : 'all'
    const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy, bundlePolicy: 'max-bundle', certificates: [certificate] })
    const { tracks, ice, measure, sample, note } = this.#parts
    const senders = new Senders(pc, tracks)
    const path = new Path(pc, (fact) => this.#tell(fact))
    const channel = openChannel(pc, { opened: (opened) => this.#talk(pc, certificate, opened), flooded: () => note('channel.flooded') })
    const negotiator = new Negotiator({ pc, senders, path, ice, connection: this.#input.connection, report: this.#report, note })
    this.#open = { pc, senders, path, channel, negotiator }
    measure(() => pc.getStats())
    pc.addEventListener('icecandidate', ({ candidate }) => this.#sayCandidate(candidate))
    pc.addEventListener('track', ({ track }) => this.#show(track))
    this.#stops.push(
      tracks.watch(() => this.#then(() => negotiator.fill())),
      takePulse(pc, (report) => {
        path.read(report as unknown as Iterable<[string, unknown]>)
        // What the path told may have ended this peer.
        if (!this.#isOver) sample(report)
      }),
      () => channel.close(),
      () => path.close(),
    )
  }

  #talk(pc: RTCPeerConnection, certificate: RTCCertificate, channel: Channel): () => void {
    const { media, confide } = this.#parts
    const stops = [
      channel.watch(({ type }) => { if (type === 'bye') this.#report({ type: 'bye.received' }) }),
      exchangeBeats(channel, media),
      confide({ pc, certificate, connection: this.#input.connection, channel }),
    ]
    return () => stops.forEach((stop) => stop())
  }

  #tell(fact: PathFact): void {
    this.#report(fact)
    if (fact.type !== 'path.opened' || this.#isOver) return
    this.#hasOpened = true
    this.#growSoon()
    this.#watchTransport()
    this.#open?.negotiator.repeatNeed()
  }

  /** With BUNDLE (RFC 9143) all goes the same way, the channel's. */
  #watchTransport(): void {
    const transport = this.#open?.pc.sctp?.transport
    if (this.#hasTransport || !transport) return
    this.#hasTransport = true
    transport.iceTransport.addEventListener('selectedcandidatepairchange', () => {
      if (!this.#isOver) void this.#open?.senders.begin()
    })
    // For good, whatever ICE finds later (W3C WebRTC §5.5): Firefox ends it where its address is gone, or after half a minute without consent (RFC 7675).
    transport.addEventListener('statechange', () => {
      if (transport.state === 'failed' || transport.state === 'closed') this.#report({ type: 'connection.broke', message: `DTLS is ${transport.state}` })
    })
  }

  #growSoon(): void {
    const timer = setTimeout(() => void this.#open?.senders.grow(), smallFor)
    this.#stops.push(() => clearTimeout(timer))
  }

  #sayBye(): void {
    this.#hasSaidBye = this.#open !== null
    this.#open?.channel.say({ type: 'bye' })
  }

  #sayCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate && leadsSomewhere(candidate)) {
      this.#report({ type: 'candidate.gathered', connection: this.#input.connection, candidate: plain(candidate) })
    }
  }

  #show(track: MediaStreamTrack): void {
    // While a good-bye is on its way, the browser goes on with what it was at.
    if (this.#isOver) return
    this.#remote ??= new MediaStream()
    this.#remote.addTrack(track)
    this.#parts.show(this.#remote)
  }
}
