import { fromCallback } from 'xstate'
import type { ExchangeEvent, ExchangeCommand } from '../../machines/verification/verificationEvents.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import { listenFor } from '../webrtc/dataChannel.ts'
import type { SecureChannel } from '../webrtc/peerConnection.ts'
import { parseBytes32, digestSha256, toBase64Url } from './bytes.ts'
import { readOwnFingerprint, readPeerCertificate, monitorCertificates } from './certificates.ts'
import { deriveCode, computeCommitment, type EndInput, type CodeContext } from './safetyCode.ts'

/** A secure channel with the room and the local role. */
export interface ExchangeChannel extends SecureChannel {
  room: string
  role: Role
}

/** The inputs of both ends that are known before the peer reveals its nonce. */
interface OwnInputs {
  own: EndInput
  commitment: string
  peerFingerprint: EndInput['fingerprint']
}

const oppositeRole: Record<Role, Role> = { impolite: 'polite', polite: 'impolite' }

/**
 * The actor `exchange` of machines/verification/verificationMachine.ts. It computes the values of one exchange and
 * sends its messages.
 */
export const exchangeActor = (findChannel: (connection: string) => ExchangeChannel | undefined) =>
  fromCallback<ExchangeCommand, { connection: string }, ExchangeEvent>(({ input, receive, sendBack }) => {
    const channel = findChannel(input.connection)
    if (!channel) return sendBack({ type: 'exchange.failed' })
    const exchange = new Exchange(channel, sendBack)
    receive((command) => exchange.execute(command))
    return () => exchange.close()
  })

class Exchange {
  readonly #secure: ExchangeChannel
  readonly #context: CodeContext
  readonly #sendBack: (event: ExchangeEvent) => void
  readonly #stops: (() => void)[] = []
  #isClosed = false
  readonly #inputs: Promise<OwnInputs>

  constructor(secure: ExchangeChannel, sendBack: (event: ExchangeEvent) => void) {
    this.#secure = secure
    this.#context = { room: secure.room, connection: secure.connection }
    this.#sendBack = (event) => {
      if (!this.#isClosed) sendBack(event)
    }
    this.#stops.push(
      secure.channel.subscribe(
        listenFor<'exchange'>({
          commit: (message) =>
            this.#reportIfValid(message.commitment, (commitment) => ({ type: 'peer.committed', commitment })),
          reveal: (message) => this.#reportIfValid(message.nonce, (nonce) => ({ type: 'peer.revealed', nonce })),
        }),
      ),
    )
    this.#inputs = this.#prepare()
    this.#runSafely(async () => {
      await this.#inputs
      this.#sendBack({ type: 'commitment.created' })
    })
  }

  execute(command: ExchangeCommand): void {
    this.#runSafely(() => this.#run(command))
  }

  close(): void {
    this.#isClosed = true
    for (const stop of this.#stops) stop()
  }

  #runSafely(work: () => Promise<void>): void {
    work().catch(() => this.#sendBack({ type: 'exchange.failed' }))
  }

  async #prepare(): Promise<OwnInputs> {
    const { pc, certificate, role } = this.#secure
    const first = readPeerCertificate(pc)
    this.#stops.push(monitorCertificates(pc, first, () => this.#sendBack({ type: 'certificate.changed' })))
    const own = { fingerprint: readOwnFingerprint(certificate), nonce: crypto.getRandomValues(new Uint8Array(32)) }
    return {
      own,
      commitment: await computeCommitment(this.#context, role, own),
      peerFingerprint: await digestSha256(first),
    }
  }

  #reportIfValid(text: string, event: (text: string) => ExchangeEvent): void {
    this.#sendBack(parseBytes32(text) ? event(text) : { type: 'peer.malformed' })
  }

  async #run(command: ExchangeCommand): Promise<void> {
    const inputs = await this.#inputs
    const { channel } = this.#secure
    if (this.#isClosed) return
    if (command.type === 'commit') channel.send({ type: 'commit', commitment: inputs.commitment })
    else if (command.type === 'reveal') channel.send({ type: 'reveal', nonce: toBase64Url(inputs.own.nonce) })
    else await this.#check(inputs, command)
  }

  /** Recomputes the peer's commitment from the peer certificate that this page sees and the peer's role. */
  async #check(
    { own, peerFingerprint: fingerprint }: OwnInputs,
    { commitment, nonce: text }: Extract<ExchangeCommand, { type: 'check' }>,
  ): Promise<void> {
    const { role } = this.#secure
    const nonce = parseBytes32(text)
    const peer = nonce && { fingerprint, nonce }
    const isProven = peer && (await computeCommitment(this.#context, oppositeRole[role], peer)) === commitment
    if (!isProven) return this.#sendBack({ type: 'commitment.mismatched' })
    const ends = role === 'polite' ? { polite: own, impolite: peer } : { polite: peer, impolite: own }
    this.#sendBack({ type: 'code.derived', code: await deriveCode(this.#context, ends) })
  }
}
