import { fromCallback } from 'xstate'
import type {
  PreparationSide,
  PreparedConnectionCommand,
  PreparedConnectionEvent,
} from '../../machines/preparation/preparationEvents.ts'
import { type ChannelHandlers, parseChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import { limits } from '../../machines/protocol/limits.ts'
import type { IceServer } from '../../machines/protocol/messages.ts'
import { isRelayDescription, toRelayDescription } from '../../machines/protocol/relayDescription.ts'
import type { Tracks } from '../media/localTracks.ts'
import type { IceSource } from '../webrtc/iceServerCache.ts'
import { createCertificate } from '../webrtc/certificateReserve.ts'
import { createPeerChannels, type PeerChannels } from '../webrtc/peerChannels.ts'
import type { PreparedParts } from '../webrtc/peerConnection.ts'
import { readStartScale, Senders } from '../webrtc/senders.ts'
import { kindOf, media } from '../webrtc/transceivers.ts'

/** After the first relay candidate the others have this long, in ms: a blocked TCP connection may take a minute. */
const furtherCandidatesMs = 1_500

/** Dependencies of a prepared connection. */
export interface PreparedConnectionOptions {
  tracks: Tracks
  ice: IceSource
  /** Called with the connection once it exists; null when it is closed. */
  onChange(connection: PreparedConnection | null): void
  /** Called with a message of the peer that may begin the call. */
  onClaim(message: 'join' | 'admitted'): void
}

/** The actor `connection` of machines/preparation/preparationMachine.ts. */
export const preparedConnectionActor = (options: PreparedConnectionOptions) =>
  fromCallback<PreparedConnectionCommand, { side: PreparationSide; failures: number }, PreparedConnectionEvent>(
    ({ input, receive, sendBack }) => {
      const connection = new PreparedConnection(options, input, sendBack)
      options.onChange(connection)
      receive((command) => connection.execute(command))
      return () => {
        options.onChange(null)
        connection.close()
      }
    },
  )

interface Resources {
  pc: RTCPeerConnection
  certificate: RTCCertificate
  channels: PeerChannels
  senders: Senders
}

/** One RTCPeerConnection with empty senders, over the relay only. */
export class PreparedConnection {
  readonly #options: PreparedConnectionOptions
  readonly #side: PreparationSide
  readonly #sendBack: (event: PreparedConnectionEvent) => void
  readonly #stop = new AbortController()
  /** Messages for the call, which takes the connection over a moment later than the peer. */
  readonly #received: unknown[] = []
  #messages = 0
  #resources: Resources | null = null
  #isClosed = false
  #isReleased = false
  /** Commands run one after another. */
  #queue: Promise<void>

  constructor(
    options: PreparedConnectionOptions,
    { side, failures }: { side: PreparationSide; failures: number },
    sendBack: (event: PreparedConnectionEvent) => void,
  ) {
    this.#options = options
    this.#side = side
    this.#sendBack = (event) => {
      if (!this.#isClosed) sendBack(event)
    }
    this.#queue = this.#run(() => this.#start(failures))
  }

  /** Runs a command. Errors are reported as `connection.failed`. */
  execute(command: PreparedConnectionCommand): void {
    if (command.type === 'release') this.#isReleased = true
    else if (command.type === 'announce') this.#announce()
    else if (command.type === 'fillSenders')
      void this.#run(async () => void (await this.#resources?.senders.syncTracks()))
    else this.#queue = this.#queue.then(() => this.#run(() => this.#apply(command)))
  }

  /** The connection for the call, after `release`. Null if there is none yet. */
  take(): PreparedParts | null {
    if (!this.#resources || !this.#isReleased) return null
    const { pc, certificate, channels } = this.#resources
    this.#stop.abort()
    if (channels.control.readyState !== 'open') {
      pc.close()
      return null
    }
    return { pc, certificate, channels, received: this.#received }
  }

  /** Closes the connection, unless the call has it. */
  close(): void {
    this.#isClosed = true
    if (this.#isReleased) return
    this.#stop.abort()
    this.#resources?.senders.stop()
    this.#resources?.pc.close()
  }

  async #run(work: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return
    await work().catch(() => this.#sendBack({ type: 'connection.failed' }))
  }

  async #start(failures: number): Promise<void> {
    // New credentials: those of the lobby are valid for five minutes.
    const [servers, certificate] = await Promise.all([this.#options.ice.fetchServers(), createCertificate()])
    if (this.#isClosed) return
    const iceServers = pickRelay(servers, failures)
    if (iceServers.length === 0) throw new Error('the server has no relay')
    const pc = new RTCPeerConnection({
      iceServers,
      iceTransportPolicy: 'relay',
      bundlePolicy: 'max-bundle',
      certificates: [certificate],
    })
    const channels = createPeerChannels(pc)
    this.#resources = { pc, certificate, channels, senders: new Senders(pc, this.#options.tracks) }
    this.#listen(pc, channels.control)
    if (this.#side === 'visitor') return
    addEmptyTransceivers(pc, this.#options.tracks)
    await pc.setLocalDescription(await pc.createOffer())
    await this.#reportDescription(pc)
  }

  #listen(pc: RTCPeerConnection, channel: RTCDataChannel): void {
    const { signal } = this.#stop
    const fail = (): void => this.#sendBack({ type: 'connection.failed' })
    const onState = (): void => {
      if (['failed', 'disconnected', 'closed'].includes(pc.connectionState)) fail()
    }
    pc.addEventListener('connectionstatechange', onState, { signal })
    channel.addEventListener('open', () => this.#sendBack({ type: 'connection.opened' }), { signal })
    channel.addEventListener('close', fail, { signal })
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#onMessage(data), { signal })
    pc.addEventListener('datachannel', (event) => event.channel.close(), { signal })
  }

  #onMessage(data: unknown): void {
    if (this.#isClosed) return
    // Before the call there is one message.
    if (++this.#messages > limits.channelMessageBurst) return this.#sendBack({ type: 'connection.failed' })
    const message = parseChannelMessage(data)
    if (message?.type === 'join' || message?.type === 'admitted') (this.#handlers[message.type] as () => void)()
    else this.#received.push(data)
  }

  readonly #handlers: ChannelHandlers<'preparation'> = {
    join: () => this.#options.onClaim('join'),
    admitted: () => this.#options.onClaim('admitted'),
  }

  async #apply({ type, sdp }: Extract<PreparedConnectionCommand, { sdp: string }>): Promise<void> {
    if (!this.#resources || this.#isClosed) return
    const { pc, senders } = this.#resources
    if (!isRelayDescription(sdp)) throw new Error('the description has an address')
    if (type === 'applyAnswer') return pc.setRemoteDescription({ type: 'answer', sdp })
    await pc.setRemoteDescription({ type: 'offer', sdp })
    for (const transceiver of pc.getTransceivers()) transceiver.direction = 'sendrecv'
    await senders.startAtLowResolution()
    await pc.setLocalDescription(await pc.createAnswer())
    await this.#reportDescription(pc)
  }

  async #reportDescription(pc: RTCPeerConnection): Promise<void> {
    await waitForRelayCandidates(pc, this.#stop.signal)
    const sdp = toRelayDescription(pc.localDescription?.sdp ?? '')
    this.#sendBack({ type: 'description.created', sdp })
  }

  #announce(): void {
    const channel = this.#resources?.channels.control
    if (channel?.readyState === 'open')
      channel.send(JSON.stringify({ type: this.#side === 'visitor' ? 'join' : 'admitted' }))
  }
}

/** The transceivers of a call, without tracks. Both directions are negotiated, so a track needs no negotiation. */
function addEmptyTransceivers(pc: RTCPeerConnection, tracks: Tracks): void {
  const streams = [new MediaStream()]
  const sendEncodings = [{ scaleResolutionDownBy: readStartScale(tracks.outgoing('video', true)) }]
  for (const medium of media)
    pc.addTransceiver(kindOf(medium), { direction: 'sendrecv', streams, ...(medium === 'video' && { sendEncodings }) })
}

/**
 * One TURN URL, so that a page has one allocation on each of its networks: first the one over UDP, after a failure the
 * last one, which is the web port.
 */
function pickRelay(servers: readonly IceServer[], failures: number): RTCIceServer[] {
  const urls = servers.flatMap((server) => server.urls.map((url) => ({ ...server, urls: url })))
  const relays = urls.filter(({ urls: url }) => /^turns?:/i.test(url))
  const relay = failures % 2 === 0 ? relays[0] : relays.at(-1)
  return relay ? [relay] : []
}

/**
 * Resolves when the relay candidates are gathered.
 * @throws Error if there is none
 */
async function waitForRelayCandidates(pc: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  const hasCandidate = (): boolean => /^a=candidate:/m.test(pc.localDescription?.sdp ?? '')
  await new Promise<void>((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const check = (): void => {
      if (pc.iceGatheringState === 'complete' || signal.aborted) {
        clearTimeout(timer)
        resolve()
      } else if (hasCandidate()) timer ??= setTimeout(resolve, furtherCandidatesMs)
    }
    for (const event of ['icegatheringstatechange', 'icecandidate']) pc.addEventListener(event, check, { signal })
    signal.addEventListener('abort', check)
    check()
  })
  if (!hasCandidate()) throw new Error('the relay gave no candidate')
}
