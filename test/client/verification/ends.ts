import { createHash, randomBytes } from 'node:crypto'
import { SimulatedClock } from 'xstate'
import type { Channel } from '../../../client/webrtc/dataChannel.ts'
import { Confidant } from '../../../client/verification/verifier.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import type { Role } from '../../../machines/protocol/messages.ts'

/** A certificate as far as a safety code looks at it: bytes, and their SHA-256. */
export class Certificate {
  readonly bytes: Uint8Array<ArrayBuffer>

  constructor(bytes: Uint8Array<ArrayBuffer> = new Uint8Array(randomBytes(280))) {
    this.bytes = bytes
  }

  get fingerprint(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(createHash('sha256').update(this.bytes).digest())
  }

  getFingerprints(): RTCDtlsFingerprint[] {
    const value = [...this.fingerprint].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
    return [{ algorithm: 'sha-1', value: 'aa:bb' }, { algorithm: 'sha-256', value }]
  }
}

/** Where DTLS is done with somebody. */
export class Transport extends EventTarget {
  certificates: Certificate[]

  constructor(...certificates: Certificate[]) {
    super()
    this.certificates = certificates
  }

  getRemoteCertificates(): ArrayBuffer[] {
    return this.certificates.map(({ bytes }) => bytes.slice().buffer)
  }

  becomes(...certificates: Certificate[]): void {
    this.certificates = certificates
    this.dispatchEvent(new Event('statechange'))
  }
}

/** A connection as far as a safety code looks at it: its transports, one for the data channel and one for each line of media. */
export class Connection extends EventTarget {
  readonly sctp: { transport: Transport }
  readonly #media: (Transport | null)[]

  constructor(transport: Transport, media: (Transport | null)[] = [transport, transport]) {
    super()
    this.sctp = { transport }
    this.#media = media
  }

  getTransceivers() {
    return this.#media.map((transport) => ({ sender: { transport }, receiver: { transport } }))
  }

  adds(transport: Transport): void {
    this.#media.push(transport)
    this.dispatchEvent(new Event('signalingstatechange'))
  }
}

interface Given { room?: string; connection?: string; role: Role; own?: Certificate; theirs: Certificate; pc?: Connection }

/** One page's end of an exchange: what it says is kept until somebody carries it over. */
export class End {
  readonly confidant: Confidant
  readonly clock = new SimulatedClock()
  readonly says: ChannelMessage[] = []
  readonly own: Certificate
  readonly pc: Connection
  readonly #listeners = new Set<(message: ChannelMessage) => void>()
  #close = (): void => undefined

  constructor({ room = 'den', connection = 'a3.1', role, own = new Certificate(), theirs, pc }: Given) {
    this.own = own
    this.pc = pc ?? new Connection(new Transport(theirs))
    this.confidant = new Confidant({ room, role: () => role, options: { clock: this.clock } })
    this.confidant.actor.start()
    this.open(connection)
  }

  get state(): string {
    const { value } = this.#snapshot
    return typeof value === 'string' ? value : value.talking
  }
  get code(): string | null { return this.#snapshot.context.code?.join(' ') ?? null }
  get reason() { return this.#snapshot.context.reason }

  open(connection: string, pc: Connection = this.pc): () => void {
    const channel: Channel = {
      say: (message) => void this.says.push(message),
      watch: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    this.#close = this.confidant.confide({ pc: pc as never, certificate: this.own as never, connection, channel })
    return this.#close
  }

  hears(message: ChannelMessage): void {
    for (const listener of this.#listeners) listener(message)
  }

  judges(answer: 'confirmed' | 'denied'): void {
    this.confidant.actor.send({ type: `user.${answer}` })
  }

  /** Until its sums are done and said: in every other state it waits for somebody. */
  async rests(): Promise<this> {
    while (!this.#isResting()) await new Promise(setImmediate)
    return this
  }

  close(): void {
    this.#close()
    this.#close = () => undefined
  }

  stop(): void {
    this.close()
    this.confidant.actor.stop()
  }

  get #snapshot() { return this.confidant.actor.getSnapshot() }

  #isResting(): boolean {
    const said = (type: string) => this.says.some((message) => message.type === type)
    if (this.state === 'committing' || this.state === 'checking') return false
    return this.state === 'committed' ? said('commit') : this.state !== 'revealed' || said('reveal')
  }
}

/** Two who really talk to each other, with nobody in between. */
export function twoEnds({ room = 'den', connection = 'a3.1' } = {}): [End, End] {
  const [one, other] = [new Certificate(), new Certificate()]
  return [
    new End({ room, connection, role: 'impolite', own: one, theirs: other }),
    new End({ room, connection, role: 'polite', own: other, theirs: one }),
  ]
}

/** Carries everything over, in order, until nobody has anything to say. */
export async function carry(...[one, other]: [End, End]): Promise<void> {
  let [told, heard] = [0, 0]
  for (;;) {
    await Promise.all([one.rests(), other.rests()])
    const [mine, theirs] = [one.says[told], other.says[heard]]
    if (mine) other.hears((told++, mine))
    if (theirs) one.hears((heard++, theirs))
    if (!mine && !theirs) return
  }
}
