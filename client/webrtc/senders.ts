import type { Medium, Tracks } from '../media/localTracks.ts'
import { musicBitrateBps } from '../media/audioConstraints.ts'
import { findTransceiver, isScreenMedium, isSideBySide, kindOf, media } from './transceivers.ts'

/** From WebRTC Extensions §5.6; not in the TypeScript DOM types. */
type SetParameters = (
  parameters: RTCRtpSendParameters,
  options: { encodingOptions: { keyFrame: boolean }[] },
) => Promise<void>

/**
 * Height of the first video frames, in pixels. Browsers start at about 300 kbit/s. A large key frame takes 0.5 s at
 * that rate, after the browser has dropped a few frames.
 */
const startHeightPx = 180

/** Returns the scale at which a video has `startHeightPx`. */
export const readStartScale = (video: MediaStreamTrack | null): number =>
  Math.max(1, (video?.getSettings().height ?? 0) / startHeightPx)

/**
 * The transceivers of microphone, camera, shared screen and its sound, always present even when nothing is sent on them.
 */
export class Senders {
  readonly #pc: RTCPeerConnection
  readonly #tracks: Tracks
  readonly #stream = new MediaStream()
  #isStopped = false

  constructor(pc: RTCPeerConnection, tracks: Tracks) {
    this.#pc = pc
    this.#tracks = tracks
  }

  /**
   * Adds the missing transceivers. The offerer calls it; the answerer gets them from the offer. A connection with a page
   * from before the shared screen's m-lines does not get them later.
   */
  addTransceivers(): void {
    const isNew = this.#pc.currentRemoteDescription === null
    for (const medium of media)
      if (!this.#findTransceiver(medium) && (isNew || !isScreenMedium(medium))) this.#addTransceiver(medium)
  }

  /**
   * Sends the current tracks. A transceiver that has sent stays `sendrecv`, so that switching on again needs no
   * negotiation. Resolves with true if a transceiver sends for the first time, which needs a negotiation.
   */
  async syncTracks(): Promise<boolean> {
    const isNew = await Promise.all(media.map((medium) => this.#syncTrack(medium)))
    return isNew.includes(true)
  }

  /** Starts the answerer's video at low resolution. The offerer does this in `addTransceivers`. */
  startAtLowResolution(): Promise<void> {
    return this.#setEncoding('video', { scaleResolutionDownBy: readStartScale(this.#outgoing('video')) })
  }

  /** Switches to full resolution. Call it once the browser has estimated the bandwidth. */
  setFullSize(): Promise<void> {
    return this.#setEncoding('video', { scaleResolutionDownBy: 1 })
  }

  /** Requests a key frame for a new candidate pair, if the browser supports it. Never rejects. */
  async requestKeyFrame(): Promise<void> {
    const sender = this.#findTransceiver('video')?.sender
    if (!sender?.track) return
    const parameters = sender.getParameters()
    const options = { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) }
    // A browser that ignores the second argument relies on the receiver's request (PLI, RFC 4585 §6.3.1).
    await (sender.setParameters as SetParameters).call(sender, parameters, options).catch(() => undefined)
  }

  /** Stops sending, even if a call of `syncTracks` is still running. */
  stop(): void {
    this.#isStopped = true
    // A stopped sender rejects the call and sends nothing.
    for (const { sender } of this.#pc.getTransceivers()) sender.replaceTrack(null).catch(() => undefined)
  }

  #addTransceiver(medium: Medium): void {
    const track = this.#outgoing(medium)
    this.#pc.addTransceiver(track ?? kindOf(medium), {
      direction: track || isScreenMedium(medium) ? 'sendrecv' : 'recvonly',
      streams: [this.#stream],
      ...(medium === 'video' && {
        sendEncodings: [{ scaleResolutionDownBy: readStartScale(this.#outgoing('video')) }],
      }),
    })
  }

  /** Changes one parameter. A browser that rejects the parameters keeps the old ones. */
  async #setEncoding(medium: Medium, change: RTCRtpEncodingParameters): Promise<void> {
    const sender = this.#findTransceiver(medium)?.sender
    const parameters = sender?.getParameters()
    const [encoding] = parameters?.encodings ?? []
    const [name, value] = Object.entries(change)[0]!
    if (!sender || !parameters || !encoding || encoding[name as keyof RTCRtpEncodingParameters] === value) return
    Object.assign(encoding, change)
    await sender.setParameters(parameters).catch(() => undefined)
  }

  async #syncTrack(medium: Medium): Promise<boolean> {
    const transceiver = this.#findTransceiver(medium)
    if (!transceiver || transceiver.direction === 'stopped') return false
    const track = this.#isStopped ? null : this.#outgoing(medium)
    if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track)
    if (medium === 'audio' && track)
      await this.#setEncoding('audio', { maxBitrate: track.contentHint === 'music' ? musicBitrateBps : undefined })
    if (transceiver.direction === 'sendrecv' || !(track || isScreenMedium(medium))) return false
    transceiver.direction = 'sendrecv'
    return track !== null
  }

  #outgoing(medium: Medium): MediaStreamTrack | null {
    return this.#tracks.outgoing(medium, isSideBySide(this.#pc))
  }

  #findTransceiver(medium: Medium): RTCRtpTransceiver | undefined {
    return findTransceiver(this.#pc, medium)
  }
}
