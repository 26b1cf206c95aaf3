import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { Message } from '../../machines/protocol/messages.ts'
import { parseFingerprints } from '../webrtc/remoteFingerprint.ts'
import { createRandomKey } from '../common/randomKey.ts'
import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'
import type { SecureChannel } from '../webrtc/peerConnection.ts'
import { parseBytes32, toBase64Url } from './bytes.ts'

/** What can carry a proof. */
type SignedMessage = Message<'offer'> | Message<'answer'> | Message<'hangup'>

/** What the two pages of one call know of each other. Both secrets are 32 bytes, base64url. */
interface PageSecrets {
  /** Ours, which the other side was told over the data channel. */
  ownSecret: string | null
  /** Theirs, which we were told. */
  peerSecret: string | null
  /** The call goes on: whoever cannot prove to be its other side is a stranger. */
  isProofRequired: boolean
}

const noSecrets: PageSecrets = { ownSecret: null, peerSecret: null, isProofRequired: false }

/** So many connections are remembered: more than one call ever has at a time. */
const maxConnections = 16
const protocolLabel = 'duet continuity 1'

/**
 * Whether a description or a goodbye comes from the page that this one talks to. The server introduces two pages; after that it can
 * seat somebody else, but cannot make that page look like the first: each page tells the other a secret over the data channel, whose
 * other end DTLS has authenticated, and signs with it (HMAC-SHA-256) the connection and the certificate of each later description.
 * The secrets are kept with the tab, so that a page that was loaded again still has them.
 */
export class Continuity {
  readonly #storage: KeyValueStorage | undefined
  readonly #storageKey: string
  readonly #now: () => number
  #secrets: PageSecrets
  /** Per connection: the certificate that its other end named first, and whether that end has proven itself. */
  readonly #knownPeers = new Map<string, { fingerprints: string; isProven: boolean }>()

  /** @param now the time in ms, comparable to that of the page before */
  constructor(storage: KeyValueStorage | undefined, room: string, now: () => number = Date.now) {
    this.#storage = storage
    this.#storageKey = `continuity:${room}`
    this.#now = now
    this.#secrets = this.#load()
  }

  /** The message with the proof that it is ours. */
  sign<T extends { type: string }>(message: T): T {
    const signed = message as unknown as SignedMessage
    if (signed.type !== 'offer' && signed.type !== 'answer' && signed.type !== 'hangup') return message
    if (this.#secrets.ownSecret === null) this.#update({ ownSecret: createRandomKey() })
    return { ...message, proof: computeProof(this.#secrets.ownSecret, signed) }
  }

  /** True where a call goes on and the message does not come from its other side. */
  isUnauthenticated(message: SignedMessage): boolean {
    const { peerSecret, isProofRequired } = this.#secrets
    const isProven =
      peerSecret !== null && message.proof !== undefined && computeProof(peerSecret, message) === message.proof
    if (message.type === 'hangup') return isProofRequired && !isProven
    const fingerprints = parseFingerprints(message.sdp)
    const known = this.#knownPeers.get(message.connection)
    if (!isProven && isProofRequired && known?.fingerprints !== fingerprints) return true
    if (isProven || !known)
      this.#rememberPeer(message.connection, { fingerprints, isProven: isProven || known?.isProven === true })
    return false
  }

  /**
   * Tells the other side our secret as soon as the channel is open, and takes theirs. A side that has not proven itself is somebody
   * new, and gets a new secret: with the one before it could pose as us. Returns its undo.
   */
  exchangeSecrets({
    pc,
    connection,
    channel,
  }: Pick<SecureChannel, 'connection' | 'channel'> & {
    pc: Pick<RTCPeerConnection, 'currentRemoteDescription'>
  }): () => void {
    const known = this.#knownPeers.get(connection)
    const fingerprints = parseFingerprints(pc.currentRemoteDescription?.sdp ?? '')
    const isProven = known?.isProven === true && known.fingerprints === fingerprints
    // Any other end was named before somebody had to prove it.
    this.#knownPeers.clear()
    this.#knownPeers.set(connection, { fingerprints, isProven })
    if (isProven) this.#update({ ownSecret: this.#secrets.ownSecret ?? createRandomKey() })
    else this.#update({ ownSecret: createRandomKey(), peerSecret: null, isProofRequired: false })
    const stop = channel.subscribe((message) => {
      if (message.type === 'secret') this.#update({ peerSecret: message.secret, isProofRequired: true })
    })
    channel.send({ type: 'secret', secret: this.#secrets.ownSecret ?? '' })
    return stop
  }

  /** The call is over, or the person left: the next page needs no proof. If the other side missed that, it still asks us for one. */
  waiveProof(): void {
    this.#update({ isProofRequired: false })
  }

  /** The person accepted somebody who has no proof. */
  acceptPeer(): void {
    this.#update({ peerSecret: null, isProofRequired: false })
  }

  /** Marks what is kept as current. To be called while the page lives, more often than `timeouts.callLostTimeoutMs`. */
  save(): void {
    if (this.#secrets.ownSecret)
      setStored(this.#storage, this.#storageKey, JSON.stringify({ ...this.#secrets, at: this.#now() }))
  }

  /** For another tab of this browser that continues the call; null: there is nothing to continue. */
  exportSecrets(): string | null {
    return this.#secrets.ownSecret && JSON.stringify(this.#secrets)
  }

  /** Takes what `exportSecrets` of another tab returned. */
  importSecrets(exported: string): void {
    const secrets = parseSecrets(exported)
    if (secrets) this.#update(secrets)
  }

  #update(change: Partial<PageSecrets>): void {
    this.#secrets = { ...this.#secrets, ...change }
    this.save()
  }

  #rememberPeer(connection: string, peer: { fingerprints: string; isProven: boolean }): void {
    this.#knownPeers.delete(connection)
    this.#knownPeers.set(connection, peer)
    const [oldest] = this.#knownPeers.keys()
    if (this.#knownPeers.size > maxConnections && oldest !== undefined) this.#knownPeers.delete(oldest)
  }

  /** A call without media for `timeouts.callLostTimeoutMs` is lost, so a page that was away for longer continues none. */
  #load(): PageSecrets {
    const stored = getStored(this.#storage, this.#storageKey)
    const secrets = stored === null ? null : parseSecrets(stored)
    return secrets && Math.abs(this.#now() - secrets.at) <= timeouts.callLostTimeoutMs
      ? withoutTimestamp(secrets)
      : noSecrets
  }
}

/** Base64url. An offer and an answer name a connection and a certificate; a goodbye ends all of them. */
function computeProof(secret: string | null, message: SignedMessage): string {
  const fields =
    message.type === 'hangup'
      ? message.reason
        ? [message.reason]
        : []
      : [message.connection, parseFingerprints(message.sdp)]
  const text = JSON.stringify([protocolLabel, message.type, ...fields])
  return toBase64Url(
    new Uint8Array(hmac(sha256, parseBytes32(secret ?? '') ?? new Uint8Array(32), new TextEncoder().encode(text))),
  )
}

const withoutTimestamp = ({ ownSecret, peerSecret, isProofRequired }: PageSecrets): PageSecrets => ({
  ownSecret,
  peerSecret,
  isProofRequired,
})

function parseSecrets(text: string): (PageSecrets & { at: number }) | null {
  try {
    const { ownSecret, peerSecret, isProofRequired, at } = JSON.parse(text) as Record<string, unknown>
    if (!isSecret(ownSecret) || !isSecret(peerSecret)) return null
    return { ownSecret, peerSecret, isProofRequired: isProofRequired === true, at: Number(at) }
  } catch {
    return null
  }
}

const isSecret = (value: unknown): value is string | null =>
  value === null || (typeof value === 'string' && parseBytes32(value) !== null)
