import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { timers } from '../../machines/protocol/timeouts.ts'
import type { Message } from '../../machines/protocol/messages.ts'
import { fingerprintsOf } from '../webrtc/remoteFingerprint.ts'
import { makeKey } from '../common/randomKey.ts'
import { type Memory, recall, remember } from '../common/storage.ts'
import type { Confidence } from '../webrtc/peerConnection.ts'
import { bytesOf, textOf } from './bytes.ts'

/** What can carry a proof. */
type Signed = Message<'offer'> | Message<'answer'> | Message<'bye'>

/** What the two pages of one call know of each other. Both secrets are 32 bytes, base64url. */
interface Bond {
  /** Ours, which the other side was told over the data channel. */
  own: string | null
  /** Theirs, which we were told. */
  theirs: string | null
  /** The call goes on: whoever cannot prove to be its other side is a stranger. */
  isRequired: boolean
}

const noBond: Bond = { own: null, theirs: null, isRequired: false }

/** So many connections are remembered: more than one call ever has at a time. */
const mostConnections = 16
const label = 'duet continuity 1'

/**
 * Whether a description or a goodbye comes from the page that this one talks to. The server introduces two pages; after that it can
 * seat somebody else, but cannot make that page look like the first: each page tells the other a secret over the data channel, whose
 * other end DTLS has authenticated, and signs with it (HMAC-SHA-256) the connection and the certificate of each later description.
 * The secrets are kept with the tab, so that a page that was loaded again still has them.
 */
export class Continuity {
  readonly #memory: Memory | undefined
  readonly #name: string
  readonly #now: () => number
  #bond: Bond
  /** Per connection: the certificate that its other end named first, and whether that end has proven itself. */
  readonly #ends = new Map<string, { fingerprints: string; isProven: boolean }>()

  /** @param now the time in ms, comparable to that of the page before */
  constructor(memory: Memory | undefined, room: string, now: () => number = Date.now) {
    this.#memory = memory
    this.#name = `bond:${room}`
    this.#now = now
    this.#bond = this.#recall()
  }

  /** The message with the proof that it is ours. */
  sign<T extends { type: string }>(message: T): T {
    const signed = message as unknown as Signed
    if (signed.type !== 'offer' && signed.type !== 'answer' && signed.type !== 'bye') return message
    if (this.#bond.own === null) this.#note({ own: makeKey() })
    return { ...message, proof: proofOf(this.#bond.own, signed) }
  }

  /** True where a call goes on and the message does not come from its other side. */
  isForeign(message: Signed): boolean {
    const { theirs, isRequired } = this.#bond
    const isProven = theirs !== null && message.proof !== undefined && proofOf(theirs, message) === message.proof
    if (message.type === 'bye') return isRequired && !isProven
    const fingerprints = fingerprintsOf(message.sdp)
    const known = this.#ends.get(message.connection)
    if (!isProven && isRequired && known?.fingerprints !== fingerprints) return true
    if (isProven || !known) this.#noteEnd(message.connection, { fingerprints, isProven: isProven || known?.isProven === true })
    return false
  }

  /**
   * Tells the other side our secret as soon as the channel is open, and takes theirs. A side that has not proven itself is somebody
   * new, and gets a new secret: with the one before it could pose as us. Returns its undo.
   */
  exchange({ pc, connection, channel }: Pick<Confidence, 'connection' | 'channel'> & { pc: Pick<RTCPeerConnection, 'currentRemoteDescription'> }): () => void {
    const known = this.#ends.get(connection)
    const fingerprints = fingerprintsOf(pc.currentRemoteDescription?.sdp ?? '')
    const isProven = known?.isProven === true && known.fingerprints === fingerprints
    // Any other end was named before somebody had to prove it.
    this.#ends.clear()
    this.#ends.set(connection, { fingerprints, isProven })
    if (isProven) this.#note({ own: this.#bond.own ?? makeKey() })
    else this.#note({ own: makeKey(), theirs: null, isRequired: false })
    const stop = channel.watch((message) => {
      if (message.type === 'secret') this.#note({ theirs: message.secret, isRequired: true })
    })
    channel.say({ type: 'secret', secret: this.#bond.own ?? '' })
    return stop
  }

  /** The call is over, or the person left: the next page needs no proof. If the other side missed that, it still asks us for one. */
  release(): void {
    this.#note({ isRequired: false })
  }

  /** The person accepted somebody who has no proof. */
  accept(): void {
    this.#note({ theirs: null, isRequired: false })
  }

  /** Marks what is kept as current. To be called while the page lives, more often than `timers.lossPatience`. */
  refresh(): void {
    if (this.#bond.own) remember(this.#memory, this.#name, JSON.stringify({ ...this.#bond, at: this.#now() }))
  }

  /** For another tab of this browser that continues the call; null: there is nothing to continue. */
  lend(): string | null {
    return this.#bond.own && JSON.stringify(this.#bond)
  }

  /** Takes what `lend` of another tab gave. */
  adopt(lent: string): void {
    const bond = parse(lent)
    if (bond) this.#note(bond)
  }

  #note(change: Partial<Bond>): void {
    this.#bond = { ...this.#bond, ...change }
    this.refresh()
  }

  #noteEnd(connection: string, end: { fingerprints: string; isProven: boolean }): void {
    this.#ends.delete(connection)
    this.#ends.set(connection, end)
    const [oldest] = this.#ends.keys()
    if (this.#ends.size > mostConnections && oldest !== undefined) this.#ends.delete(oldest)
  }

  /** A call without media for `timers.lossPatience` is lost, so a page that was away for longer continues none. */
  #recall(): Bond {
    const kept = recall(this.#memory, this.#name)
    const bond = kept === null ? null : parse(kept)
    return bond && Math.abs(this.#now() - bond.at) <= timers.lossPatience ? pick(bond) : noBond
  }
}

/** Base64url. An offer and an answer name a connection and a certificate; a goodbye ends all of them. */
function proofOf(secret: string | null, message: Signed): string {
  const fields = message.type === 'bye' ? (message.reason ? [message.reason] : []) : [message.connection, fingerprintsOf(message.sdp)]
  const text = JSON.stringify([label, message.type, ...fields])
  return textOf(new Uint8Array(hmac(sha256, bytesOf(secret ?? '') ?? new Uint8Array(32), new TextEncoder().encode(text))))
}

const pick = ({ own, theirs, isRequired }: Bond): Bond => ({ own, theirs, isRequired })

function parse(text: string): (Bond & { at: number }) | null {
  try {
    const { own, theirs, isRequired, at } = JSON.parse(text) as Record<string, unknown>
    return isSecret(own) && isSecret(theirs) ? { own, theirs, isRequired: isRequired === true, at: Number(at) } : null
  } catch {
    return null
  }
}

const isSecret = (value: unknown): value is string | null => value === null || (typeof value === 'string' && bytesOf(value) !== null)
