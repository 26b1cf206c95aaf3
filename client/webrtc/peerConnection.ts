import { fromCallback } from 'xstate'
import type { PeerConnectionEvent, PeerConnectionInput, PeerConnectionCommand } from '../../machines/call/callEvents.ts'
import { exchangeHeartbeats, type MediaStateExchange } from './heartbeat.ts'
import { isUsableCandidate, toCandidateInit } from './iceCandidates.ts'
import { type ClosableDataChannel, type DataChannel, listenFor, openDataChannel } from './dataChannel.ts'
import { type ContentDataChannels, createPeerChannels, type PeerChannels } from './peerChannels.ts'
import type { CertificateReserve } from './certificateReserve.ts'
import type { IceSource } from './iceServerCache.ts'
import { Negotiator } from './negotiator.ts'
import { ConnectionMonitor, type TransportEvent } from './connectionMonitor.ts'
import { pollStats } from './statsPoller.ts'
import { Senders } from './senders.ts'
import { findTransceiver } from './transceivers.ts'
import { isPermanentError } from '../common/browserSupport.ts'
import { readVoiceLevel } from './voiceLevel.ts'
import type { Medium, Tracks } from '../media/localTracks.ts'

/** The open data channel and the certificates it runs on. */
export interface SecureChannel {
  pc: RTCPeerConnection
  /** The local certificate, generated for this connection. */
  certificate: RTCCertificate
  connection: string
  channel: DataChannel
}

/** Trace events of a connection. They carry no details, because an error message may contain an address. */
export type PeerConnectionTraceEvent =
  /** The peer exceeded the rate limit of the data channel, so it was closed. */
  | 'channel.flooded'
  /** This browser cannot create a connection. */
  | 'connection.unsupported'
  /** The browser rejected a remote candidate. */
  | 'candidate.rejected'

/** A connected pair of empty senders, made in the lobby, which a call takes over. */
export interface PreparedParts {
  pc: RTCPeerConnection
  certificate: RTCCertificate
  channels: PeerChannels
  /** The messages of the control channel that arrived so far. */
  received: readonly unknown[]
}

/** Dependencies and listeners of `peerConnectionActor`. */
export interface PeerConnectionParts {
  tracks: Tracks
  ice: IceSource
  certificates: Pick<CertificateReserve, 'take'>
  relayOnly: boolean
  /** Returns the prepared connection, once. */
  takePrepared?(): PreparedParts | null
  media: MediaStateExchange
  /** Resolves when the requested devices have answered, or after a timeout. */
  waitForDevices(): Promise<void>
  /** Called with the remote stream; null when it ends. */
  onRemoteStream(remote: MediaStream | null): void
  /** Called with the peer's shared screen and its sound. An old page sends the screen instead of the camera. */
  onRemoteScreen(screen: MediaStream | null): void
  /** Called with the function that reads the level of the peer's voice, 0 to 1; null when the connection ends. */
  onVoiceAvailable?(readLevel: (() => number) | null): void
  /** Called with the function that reads the stats; null when the connection ends. */
  onStatsAvailable(stats: (() => Promise<RTCStatsReport>) | null): void
  /** Called with a stats report, twice per second. */
  onStatsReport(report: RTCStatsReport): void
  /** This browser cannot create a connection: a method is missing, or Duet has a bug. A retry does not help. */
  onUnsupported(): void
  /** Adds a trace entry that belongs to no machine. */
  trace(event: PeerConnectionTraceEvent): void
  /**
   * Called when the control channel opens. The function that it returns is called when the channel closes. The content
   * channels may open a moment later.
   */
  onChannelOpen(channel: SecureChannel, content: ContentDataChannels): () => void
}

/** Duration of low resolution after the transport connects, in ms. */
const lowResolutionMs = 1_000
/** Time that a closing connection stays open to flush its hang-up message, in ms. */
const hangupFlushMs = 300

type SendBack = (event: PeerConnectionEvent) => void

interface PeerConnectionResources {
  pc: RTCPeerConnection
  senders: Senders
  monitor: ConnectionMonitor
  channel: ClosableDataChannel
  negotiator: Negotiator
}

/** The actor `peerConnection` of machines/call/callMachine.ts: one RTCPeerConnection. */
export const peerConnectionActor = (parts: PeerConnectionParts) =>
  fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(({ input, receive, sendBack }) => {
    const peer = new PeerConnection(parts, input, sendBack)
    receive((command) => peer.execute(command))
    return () => peer.close()
  })

/** One RTCPeerConnection, from its creation to its end. */
export class PeerConnection {
  readonly #parts: PeerConnectionParts
  readonly #input: PeerConnectionInput
  readonly #stops: (() => void)[] = []
  #resources: PeerConnectionResources | null = null
  #remoteStream: MediaStream | null = null
  #remoteScreen: MediaStream | null = null
  #isClosed = false
  #hasSentHangup = false
  #isTransportMonitored = false
  /** The transport was connected at least once. */
  #wasConnected = false
  /** Commands run one after another, so that no description overtakes an earlier one. */
  #queue: Promise<void>
  readonly #sendBack: SendBack

  constructor(parts: PeerConnectionParts, input: PeerConnectionInput, sendBack: SendBack) {
    this.#parts = parts
    this.#input = input
    this.#sendBack = (event) => {
      if (!this.#isClosed) sendBack(event)
    }
    this.#queue = this.#run(() => this.#start())
  }

  /**
   * Runs a command. Hang-ups and transport checks run at once; all other commands are queued. Errors are reported as
   * `connection.failed`.
   */
  execute(command: PeerConnectionCommand): void {
    if (command.type === 'sendHangup') this.#sendHangup()
    else if (command.type === 'checkTransport') this.#resources?.monitor.onNetworkChange()
    else this.#enqueue(async () => this.#resources?.negotiator.execute(command))
  }

  /** Closes the connection. After a sent hang-up it stays open for 300 ms. */
  close(): void {
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    if (this.#remoteStream) this.#parts.onRemoteStream(null)
    if (this.#remoteScreen) this.#parts.onRemoteScreen(null)
    if (!this.#resources) return
    this.#parts.onStatsAvailable(null)
    this.#parts.onVoiceAvailable?.(null)
    const { pc, senders } = this.#resources
    if (!this.#hasSentHangup) return pc.close()
    senders.stop()
    setTimeout(() => pc.close(), hangupFlushMs)
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(() => this.#run(work))
  }

  async #run(work: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return
    await work().catch((error: unknown) => {
      // If the first connection fails for a missing browser feature, every retry fails too.
      if (!this.#wasConnected && !this.#isClosed && isPermanentError(error)) this.#parts.onUnsupported()
      else this.#sendBack({ type: 'connection.failed', message: String(error) })
    })
  }

  async #start(): Promise<void> {
    const { ice, certificates, waitForDevices, takePrepared } = this.#parts
    if (this.#input.isPrepared) {
      const prepared = takePrepared?.()
      if (!prepared) throw new Error('closed')
      // The call machine has the role then.
      await Promise.resolve()
      if (this.#isClosed) return prepared.pc.close()
      return this.#createConnection([], prepared.certificate, prepared)
    }
    // Media comes first: it saves a negotiation. Browsers also hide their addresses from pages without a camera or
    // microphone.
    const [iceServers, certificate] = await Promise.all([ice.getServers(), certificates.take(), waitForDevices()])
    if (!this.#isClosed) this.#createConnection(iceServers, certificate)
  }

  #createConnection(
    iceServers: RTCIceServer[],
    certificate: RTCCertificate,
    prepared: PreparedParts | null = null,
  ): void {
    const iceTransportPolicy = this.#parts.relayOnly || this.#input.relayOnly ? 'relay' : 'all'
    const pc =
      prepared?.pc ??
      new RTCPeerConnection({ iceServers, iceTransportPolicy, bundlePolicy: 'max-bundle', certificates: [certificate] })
    const { tracks, ice, onStatsAvailable, onStatsReport, trace } = this.#parts
    const senders = new Senders(pc, tracks)
    const monitor = new ConnectionMonitor(pc, (event) => this.#onTransportEvent(event))
    const channels = prepared?.channels ?? createPeerChannels(pc)
    const channel = openDataChannel(pc, channels.control, {
      onOpen: (opened) => this.#onChannelOpen({ pc, certificate, channel: opened }, channels),
      onFlood: () => trace('channel.flooded'),
      received: prepared?.received,
    })
    const negotiator = new Negotiator({
      pc,
      senders,
      monitor,
      ice,
      iceTransportPolicy,
      connection: this.#input.connection,
      sendBack: this.#sendBack,
      trace,
    })
    this.#resources = { pc, senders, monitor, channel, negotiator }
    onStatsAvailable(() => pc.getStats())
    this.#parts.onVoiceAvailable?.(() => readVoiceLevel(pc))
    pc.addEventListener('icecandidate', ({ candidate }) => this.#reportCandidate(candidate))
    pc.addEventListener('track', ({ track }) => this.#onTrack(pc, track))
    this.#stops.push(
      tracks.subscribe(() => this.#enqueue(() => negotiator.syncTracks())),
      pollStats(pc, (report) => {
        monitor.read(report as unknown as Iterable<[string, unknown]>)
        // An event of the monitor may have closed this peer.
        if (!this.#isClosed) onStatsReport(report)
      }),
      () => channel.close(),
      () => monitor.close(),
    )
    if (!prepared) return
    for (const { receiver } of pc.getTransceivers()) this.#onTrack(pc, receiver.track)
    this.#enqueue(() => negotiator.syncTracks())
    monitor.read([])
  }

  #onChannelOpen(opened: Omit<SecureChannel, 'connection'>, content: ContentDataChannels): () => void {
    const { media, onChannelOpen } = this.#parts
    const { channel } = opened
    const stops = [
      channel.subscribe(listenFor<'call'>({ hangup: () => this.#sendBack({ type: 'hangup.received' }) })),
      exchangeHeartbeats(channel, media),
      onChannelOpen({ ...opened, connection: this.#input.connection }, content),
    ]
    return () => stops.forEach((stop) => stop())
  }

  #onTransportEvent(event: TransportEvent): void {
    this.#sendBack(event)
    if (event.type !== 'transport.connected' || this.#isClosed) return
    this.#wasConnected = true
    this.#scheduleFullSize()
    this.#monitorTransport()
    this.#resources?.negotiator.reportPendingNegotiation()
  }

  /** With BUNDLE (RFC 9143) all media uses the transport of the data channel. */
  #monitorTransport(): void {
    const transport = this.#resources?.pc.sctp?.transport
    if (this.#isTransportMonitored || !transport) return
    this.#isTransportMonitored = true
    transport.iceTransport.addEventListener('selectedcandidatepairchange', () => {
      if (!this.#isClosed) void this.#resources?.senders.requestKeyFrame()
    })
    // A DTLS failure is final, whatever ICE finds later (webrtc-pc §5.5). Firefox ends DTLS when its address is gone,
    // or after 30 s without consent (RFC 7675).
    transport.addEventListener('statechange', () => {
      if (transport.state === 'failed' || transport.state === 'closed')
        this.#sendBack({ type: 'connection.failed', message: `DTLS is ${transport.state}` })
    })
  }

  #scheduleFullSize(): void {
    const timer = setTimeout(() => void this.#resources?.senders.setFullSize(), lowResolutionMs)
    this.#stops.push(() => clearTimeout(timer))
  }

  #sendHangup(): void {
    this.#hasSentHangup = this.#resources !== null
    this.#resources?.channel.send({ type: 'hangup' })
  }

  #reportCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate && isUsableCandidate(candidate)) {
      this.#sendBack({
        type: 'candidate.gathered',
        connection: this.#input.connection,
        candidate: toCandidateInit(candidate),
      })
    }
  }

  #onTrack(pc: RTCPeerConnection, track: MediaStreamTrack): void {
    // The browser still fires events while the hang-up message is flushed.
    if (this.#isClosed) return
    if (['screen', 'screenAudio'].some((each) => findTransceiver(pc, each as Medium)?.receiver.track === track)) {
      this.#remoteScreen ??= new MediaStream()
      this.#remoteScreen.addTrack(track)
      return this.#parts.onRemoteScreen(this.#remoteScreen)
    }
    this.#remoteStream ??= new MediaStream()
    this.#remoteStream.addTrack(track)
    this.#parts.onRemoteStream(this.#remoteStream)
  }
}
