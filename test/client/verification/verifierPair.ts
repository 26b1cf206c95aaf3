import { SimulatedClock } from 'xstate'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import { Verifier } from '../../../client/verification/verifier.ts'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import type { Role } from '../../../machines/protocol/messages.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'
import { FakeCertificate, FakeDtlsTransport } from '../webrtc/fakeCertificates.ts'
import type { FakePeerConnection } from '../webrtc/fakePeerConnection.ts'
import { FakePeerNetwork } from '../webrtc/fakePeerNetwork.ts'

/**
 * A connection after its first handshakes: one transport for the data channel and one per media section. By default they
 * share it.
 */
export function createSecuredConnection(
  transport: FakeDtlsTransport,
  media: FakeDtlsTransport[] = [transport, transport],
): FakePeerConnection {
  const pc = new FakePeerNetwork(immediateScheduler).createConnection()
  pc.sctp = { transport }
  for (const each of media) pc.addTransceiver('audio').setTransport(each)
  return pc
}

/** Adds a media section with its own transport, as a description without BUNDLE does. */
export function addTransport(pc: FakePeerConnection, transport: FakeDtlsTransport): void {
  pc.addTransceiver('audio').setTransport(transport)
  pc.dispatchEvent(new Event('signalingstatechange'))
}

interface VerifierEndOptions {
  room?: string
  connection?: string
  role: Role
  own?: FakeCertificate
  theirs: FakeCertificate
  pc?: FakePeerConnection
}

/** One end of an exchange. It stores its messages until the test delivers them. */
export class VerifierEnd {
  readonly verifier: Verifier
  readonly clock = new SimulatedClock()
  readonly sent: ChannelMessage[] = []
  readonly own: FakeCertificate
  readonly pc: FakePeerConnection
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
    this.pc = pc ?? createSecuredConnection(new FakeDtlsTransport(theirs))
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

  open(connection: string, pc: FakePeerConnection = this.pc): () => void {
    const channel: DataChannel = {
      send: (message) => void this.sent.push(message),
      subscribe: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    this.#close = this.verifier.onChannelOpen({ pc: pc.asPeerConnection(), certificate: this.own, connection, channel })
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
    const hasSent = (type: string) => this.sent.some((message) => message.type === type)
    if (this.state === 'committing' || this.state === 'checking') return false
    return this.state === 'committed' ? hasSent('commit') : this.state !== 'revealed' || hasSent('reveal')
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
  let [sentByOne, sentByOther] = [0, 0]
  for (;;) {
    await Promise.all([one.settled(), other.settled()])
    const [mine, theirs] = [one.sent[sentByOne], other.sent[sentByOther]]
    if (mine) other.receive((sentByOne++, mine))
    if (theirs) one.receive((sentByOther++, theirs))
    if (!mine && !theirs) return
  }
}
