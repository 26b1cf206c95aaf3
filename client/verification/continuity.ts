import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { Message, PeerMessage } from '../../machines/protocol/messages.ts'
import { parseFingerprints } from '../webrtc/remoteFingerprint.ts'
import { createRandomKey } from '../common/randomKey.ts'
import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'
import { listenFor } from '../webrtc/dataChannel.ts'
import type { SecureChannel } from '../webrtc/peerConnection.ts'
import { parseBytes32, toBase64Url } from './bytes.ts'

type PeerMessageType = PeerMessage['type']
type CarriesProof<T extends PeerMessageType> = 'proof' extends keyof Message<T> ? true : false

/** Whether the schema of each message has a proof. */
const carriesProof: { readonly [T in PeerMessageType]: CarriesProof<T> } = {
  offer: true,
  answer: true,
  candidate: false,
  media: false,
  hangup: true,
  'trace.subscribe': false,
  'trace.entries': false,
}

/** The messages that can carry a proof. */
type SignedMessage = { [T in PeerMessageType]: CarriesProof<T> extends true ? Message<T> : never }[PeerMessageType]

const canCarryProof = (message: PeerMessage): message is SignedMessage => carriesProof[message.type]

/** The secrets that the two pages of one call share, each 32 bytes in base64url. */
interface PageSecrets {
  /** The local secret, sent to the peer over the data channel. */
  ownSecret: string | null
  /** The secret that the peer sent. */
  peerSecret: string | null
  /** True while the call continues: a page without a valid proof is not its peer. */
  isProofRequired: boolean
}

const noSecrets: PageSecrets = { ownSecret: null, peerSecret: null, isProofRequired: false }

/** Maximum number of remembered connections; a call never has as many at a time. */
const maxConnections = 16
const protocolLabel = 'duet continuity 1'

/**
 * Checks whether a description or a hang-up comes from the peer of the current call. The server introduces two pages
 * and can later give the seat to another page. It cannot make that page look like the first: each page sends a secret
 * over the data channel, whose other end DTLS has authenticated. With this secret it signs (HMAC-SHA-256) the
 * connection and the certificate of each later description. The tab stores the secrets, so that a reloaded page still
 * has them.
 */
export class Continuity {
  readonly #storage: KeyValueStorage | undefined
  readonly #storageKey: string
  readonly #now: () => number
  #secrets: PageSecrets
  /** Per connection: the first certificate that its other end named, and whether that end has proven its identity. */
  readonly #knownPeers = new Map<string, { fingerprints: string; isProven: boolean }>()

  /** @param now wall-clock time in ms, comparable with that of the page before a reload */
  constructor(storage: KeyValueStorage | undefined, room: string, now: () => number = Date.now) {
    this.#storage = storage
    this.#storageKey = `continuity:${room}`
    this.#now = now
    this.#secrets = this.#load()
  }

  /** Returns the message with a proof of identity. Messages that carry no proof are returned unchanged. */
  sign<T extends PeerMessage>(message: T): T {
    if (!canCarryProof(message)) return message
    if (this.#secrets.ownSecret === null) this.#update({ ownSecret: createRandomKey() })
    return { ...message, proof: computeProof(this.#secrets.ownSecret, message) }
  }

  /** True while the call continues: its peer proves its identity. */
  get isProofRequired(): boolean {
    return this.#secrets.isProofRequired
  }

  /** True if a call continues and the message does not come from its peer. */
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
   * Sends the local secret when the channel opens, and stores the peer's. A peer without a proof is new and gets a new
   * secret: with the old one it could impersonate this page. Returns its stop function.
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
    // Other connections were remembered before a proof was required.
    this.#knownPeers.clear()
    this.#knownPeers.set(connection, { fingerprints, isProven })
    if (isProven) this.#update({ ownSecret: this.#secrets.ownSecret ?? createRandomKey() })
    else this.#update({ ownSecret: createRandomKey(), peerSecret: null, isProofRequired: false })
    const stop = channel.subscribe(
      listenFor<'continuity'>({ secret: ({ secret }) => this.#update({ peerSecret: secret, isProofRequired: true }) }),
    )
    channel.send({ type: 'secret', secret: this.#secrets.ownSecret ?? '' })
    return stop
  }

  /** The call ended or the user left: the next peer needs no proof. A peer that missed this still requires one. */
  waiveProof(): void {
    this.#update({ isProofRequired: false })
  }

  /** The user accepted a peer that has no proof. */
  acceptPeer(): void {
    this.#update({ peerSecret: null, isProofRequired: false })
  }

  /** Stores the secrets with the current time. Call it more often than `timeouts.callLostTimeoutMs`. */
  save(): void {
    if (this.#secrets.ownSecret)
      setStored(this.#storage, this.#storageKey, JSON.stringify({ ...this.#secrets, at: this.#now() }))
  }

  /** Returns the secrets for another tab of this browser that continues the call; null if there are none. */
  exportSecrets(): string | null {
    return this.#secrets.ownSecret && JSON.stringify(this.#secrets)
  }

  /** True if exported secrets are shared with the peer that this page knows. */
  isOfKnownPeer(exported: string): boolean {
    const peerSecret = parseSecrets(exported)?.peerSecret
    return peerSecret != null && peerSecret === this.#secrets.peerSecret
  }

  /** Imports the result of `exportSecrets` of another tab. Ignores malformed input. */
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

  /**
   * Loads the stored secrets. A call without media for `timeouts.callLostTimeoutMs` is lost, so older secrets are
   * ignored.
   */
  #load(): PageSecrets {
    const stored = getStored(this.#storage, this.#storageKey)
    const secrets = stored === null ? null : parseSecrets(stored)
    return secrets && Math.abs(this.#now() - secrets.at) <= timeouts.callLostTimeoutMs
      ? withoutTimestamp(secrets)
      : noSecrets
  }
}

/**
 * Returns the HMAC in base64url. The proof of an offer or answer covers its connection and certificate. The proof of a
 * hang-up covers all connections.
 */
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
