import { createHash, randomBytes } from 'node:crypto'
import { SimulatedClock } from 'xstate'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import { Verifier } from '../../../client/verification/verifier.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import type { Role } from '../../../machines/protocol/messages.ts'

/** A certificate with the parts that a safety code uses: bytes and their SHA-256. */
export class FakeCertificate {
  readonly bytes: Uint8Array<ArrayBuffer>

  constructor(bytes: Uint8Array<ArrayBuffer> = new Uint8Array(randomBytes(280))) {
    this.bytes = bytes
  }

  get fingerprint(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(createHash('sha256').update(this.bytes).digest())
  }

  getFingerprints(): RTCDtlsFingerprint[] {
    const value = [...this.fingerprint].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    return [
      { algorithm: 'sha-1', value: 'aa:bb' },
      { algorithm: 'sha-256', value },
    ]
  }
}

/** A DTLS transport with the certificates of its peer. */
export class FakeTransport extends EventTarget {
  certificates: FakeCertificate[]

  constructor(...certificates: FakeCertificate[]) {
    super()
    this.certificates = certificates
  }

  getRemoteCertificates(): ArrayBuffer[] {
    return this.certificates.map(({ bytes }) => bytes.slice().buffer)
  }

  setCertificates(...certificates: FakeCertificate[]): void {
    this.certificates = certificates
    this.dispatchEvent(new Event('statechange'))
  }
}

/**
 * A connection with the parts that a safety code uses: one transport for the data channel and one per media section.
 */
export class FakeConnection extends EventTarget {
  readonly sctp: { transport: FakeTransport }
  readonly #media: (FakeTransport | null)[]

  constructor(transport: FakeTransport, media: (FakeTransport | null)[] = [transport, transport]) {
    super()
    this.sctp = { transport }
    this.#media = media
  }

  getTransceivers() {
    return this.#media.map((transport) => ({ sender: { transport }, receiver: { transport } }))
  }

  addTransport(transport: FakeTransport): void {
    this.#media.push(transport)
    this.dispatchEvent(new Event('signalingstatechange'))
  }
}

interface VerifierEndOptions {
  room?: string
  connection?: string
  role: Role
  own?: FakeCertificate
  theirs: FakeCertificate
  pc?: FakeConnection
}

/** One end of an exchange. It stores its messages until the test delivers them. */
export class VerifierEnd {
  readonly verifier: Verifier
  readonly clock = new SimulatedClock()
  readonly sent: ChannelMessage[] = []
  readonly own: FakeCertificate
  readonly pc: FakeConnection
  readonly #listeners = new Set<(message: ChannelMessage) => void>()
  #close = (): void => undefined

  constructor({
    room = 'den',
    connection = 'a3.1',
    role,
    own = new FakeCertificate(),
    theirs,
    pc,
  }: VerifierEndOptions) {
    this.own = own
    this.pc = pc ?? new FakeConnection(new FakeTransport(theirs))
    this.verifier = new Verifier({ room, role: () => role, options: { clock: this.clock } })
    this.verifier.actor.start()
    this.open(connection)
  }

  get state(): string {
    const { value } = this.#snapshot
    return typeof value === 'string' ? value : value.active
  }
  get code(): string | null {
    return this.#snapshot.context.safetyCode?.join(' ') ?? null
  }
  get reason() {
    return this.#snapshot.context.reason
  }

  open(connection: string, pc: FakeConnection = this.pc): () => void {
    const channel: DataChannel = {
      send: (message) => void this.sent.push(message),
      subscribe: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    this.#close = this.verifier.onChannelOpen({ pc: pc as never, certificate: this.own as never, connection, channel })
    return this.#close
  }

  receive(message: ChannelMessage): void {
    for (const listener of this.#listeners) listener(message)
  }

  answer(verdict: 'confirmed' | 'denied'): void {
    this.verifier.actor.send({ type: `user.${verdict}` })
  }

  /** Resolves when its computations are done: in every other state it waits for an event. */
  async settled(): Promise<this> {
    while (!this.#isSettled()) await new Promise(setImmediate)
    return this
  }

  close(): void {
    this.#close()
    this.#close = () => undefined
  }

  stop(): void {
    this.close()
    this.verifier.actor.stop()
  }

  get #snapshot() {
    return this.verifier.actor.getSnapshot()
  }

  #isSettled(): boolean {
    const said = (type: string) => this.sent.some((message) => message.type === type)
    if (this.state === 'committing' || this.state === 'checking') return false
    return this.state === 'committed' ? said('commit') : this.state !== 'revealed' || said('reveal')
  }
}

/** Two ends connected directly, without an attacker. */
export function createVerifierPair({ room = 'den', connection = 'a3.1' } = {}): [VerifierEnd, VerifierEnd] {
  const [one, other] = [new FakeCertificate(), new FakeCertificate()]
  return [
    new VerifierEnd({ room, connection, role: 'impolite', own: one, theirs: other }),
    new VerifierEnd({ room, connection, role: 'polite', own: other, theirs: one }),
  ]
}

/** Delivers all messages in order until both ends are idle. */
export async function deliverAll(...[one, other]: [VerifierEnd, VerifierEnd]): Promise<void> {
  let [told, heard] = [0, 0]
  for (;;) {
    await Promise.all([one.settled(), other.settled()])
    const [mine, theirs] = [one.sent[told], other.sent[heard]]
    if (mine) other.receive((told++, mine))
    if (theirs) one.receive((heard++, theirs))
    if (!mine && !theirs) return
  }
}
