import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { parseBytes32, toBase64Url } from '../../client/verification/bytes.ts'
import { deriveCode, computeCommitment } from '../../client/verification/safetyCode.ts'
import type { ChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import { VerifierEnd } from '../client/verification/verifierPair.ts'
import { FakeCertificate } from '../client/webrtc/fakeCertificates.ts'

type Side = 'a' | 'b'
export const otherSide: Record<Side, Side> = { a: 'b', b: 'a' }
const otherRole: Record<Role, Role> = { impolite: 'polite', polite: 'impolite' }

/** Role, room and connection that the server gave a page. */
export interface Introduction {
  role: Role
  room: string
  connection: string
}

/** Actions of the attacker; `n` selects the message or nonce. */
export type Move =
  | { does: 'forwards' | 'reflects'; to: Side; n: number }
  /** Plays the peer correctly. */
  | { does: 'commits' | 'reveals' | 'grinds'; to: Side; n: number }
  /** Commits to another introduction or certificate. */
  | { does: 'commits otherwise'; to: Side; n: number; introduction: Introduction; shows: 'mine' | 'yours' | 'theirs' }
  | { does: 'injects'; to: Side; message: ChannelMessage }

/** Nonces of the attacker. `Move.n` selects among the first ones, and grinding never returns one of these. */
const nonces = Array.from({ length: 12_288 }, () => new Uint8Array(randomBytes(32)))
const committedNonces = 16
/**
 * Pictures that the attacker tries to match: one of 64 nonces matches one picture, so 12,272 nonces fail once in 10⁸³
 * runs. Two pictures would fail once in 20 runs, and all seven take too long.
 */
const wantedPictures = 1

/** A man in the middle: it terminates DTLS of each page with a certificate of its own. */
export class MitmExchange {
  readonly ends: Record<Side, VerifierEnd>
  readonly #shown: Record<Side, FakeCertificate>
  readonly #introductions: Record<Side, Introduction>

  constructor(introduction: Record<Side, Introduction>, hasTwoCertificates = true) {
    const shown = new FakeCertificate()
    this.#shown = { a: shown, b: hasTwoCertificates ? new FakeCertificate() : shown }
    this.#introductions = introduction
    this.ends = {
      a: new VerifierEnd({ ...introduction.a, theirs: this.#shown.a }),
      b: new VerifierEnd({ ...introduction.b, theirs: this.#shown.b }),
    }
  }

  /** Before each move it waits for all messages of the pages, which gives it the most information. */
  async play(moves: readonly Move[]): Promise<void> {
    for (const move of moves) {
      await this.waitUntilIdle()
      const message = await this.#createMessage(move)
      if (message) this.ends[move.to].receive(message)
    }
    await this.waitUntilIdle()
  }

  /** Resolves when both pages have processed all messages. */
  async waitUntilIdle(): Promise<void> {
    await Promise.all(Object.values(this.ends).map((end) => end.settled()))
  }

  /** Lets the exchange time out. */
  async timeOut(): Promise<void> {
    for (const { clock } of Object.values(this.ends)) clock.increment(30_000)
    await this.waitUntilIdle()
  }

  /** Stops both verification machines. */
  stop(): void {
    for (const end of Object.values(this.ends)) end.stop()
  }

  async #createMessage(move: Move): Promise<ChannelMessage | undefined> {
    if (move.does === 'injects') return move.message
    const { to, n } = move
    if (move.does === 'forwards') return pickCyclic(this.ends[otherSide[to]].sent, n)
    if (move.does === 'reflects') return pickCyclic(this.ends[to].sent, n)
    if (move.does === 'reveals') return { type: 'reveal', nonce: toBase64Url(this.#nonce(n)) }
    if (move.does === 'grinds') return { type: 'reveal', nonce: toBase64Url(await this.#grind(to)) }
    if (!('introduction' in move)) return this.#commitment(this.#ownIntroduction(to), this.#shown[to], n)
    return this.#commitment(
      move.introduction,
      { mine: this.#shown[to], yours: this.ends[to].own, theirs: this.ends[otherSide[to]].own }[move.shows],
      n,
    )
  }

  #ownIntroduction(to: Side): Introduction {
    return { ...this.#introductions[to], role: otherRole[this.#introductions[to].role] }
  }

  async #commitment(
    { role, ...place }: Introduction,
    { fingerprint }: FakeCertificate,
    n: number,
  ): Promise<ChannelMessage> {
    return { type: 'commit', commitment: await computeCommitment(place, role, { fingerprint, nonce: this.#nonce(n) }) }
  }

  #nonce(n: number): Uint8Array<ArrayBuffer> {
    return nonces[n % nonces.length]!
  }

  /**
   * Searches a nonce that makes the first picture match the other side. This attack would succeed without commitments.
   */
  async #grind(to: Side): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = this.ends[otherSide[to]].code?.split(' ') ?? []
    const own = this.ends[to].sent.find((message) => message.type === 'reveal')
    const theirNonce = own && parseBytes32(own.nonce)
    if (!theirNonce) return this.#nonce(0)
    const [{ role, ...place }, fingerprint] = [this.#introductions[to], this.#shown[to].fingerprint]
    const end = { fingerprint: this.ends[to].own.fingerprint, nonce: theirNonce }
    for (const nonce of nonces.slice(committedNonces)) {
      const mine = { fingerprint, nonce }
      const code = await deriveCode(
        place,
        role === 'polite' ? { polite: end, impolite: mine } : { impolite: end, polite: mine },
      )
      if (code.slice(0, wantedPictures).every((number, at) => String(number) === wanted[at])) return nonce
    }
    throw new Error(`none of ${nonces.length} nonces matches ${wantedPictures} picture`)
  }
}

const pickCyclic = <T>(all: readonly T[], n: number): T | undefined => all[n % Math.max(1, all.length)]

/** Returns consistent introductions of two pages, with overrides. */
export const createIntroductions = (
  a: Partial<Introduction> = {},
  b: Partial<Introduction> = {},
): Record<Side, Introduction> => ({
  a: { role: 'impolite', room: 'den', connection: 'a3.1', ...a },
  b: { role: 'polite', room: 'den', connection: 'a3.1', ...b },
})

const introduction: fc.Arbitrary<Introduction> = fc.record({
  role: fc.constantFrom('impolite', 'polite'),
  room: fc.constantFrom('den', 'kitchen'),
  connection: fc.constantFrom('a3.1', 'b4.1'),
})
/** Mostly consistent introductions: inconsistent ones end the exchange early. */
export const introductions = fc.oneof(
  { weight: 3, arbitrary: fc.constant(createIntroductions()) },
  { weight: 1, arbitrary: fc.record({ a: introduction, b: introduction }) },
)

const to = fc.constantFrom<Side>('a', 'b')
const n = fc.nat(2)
const text = fc.oneof(fc.constantFrom('', 'A'.repeat(42), 'A'.repeat(43), 'A'.repeat(44), '*'.repeat(43)), fc.string())
const message = fc.oneof(
  fc.record({ type: fc.constant('commit' as const), commitment: text }),
  fc.record({ type: fc.constant('reveal' as const), nonce: text }),
  fc.constant({ type: 'hangup' as const }),
  fc
    .constantFrom('verified', 'user.confirmed', 'code.derived')
    .map((type) => ({ type, code: [1, 2, 3, 4, 5, 6, 7] }) as never),
)

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('commits' as const, 'reveals' as const), to, n }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('forwards' as const, 'reflects' as const), to, n }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('commits otherwise' as const),
      to,
      n,
      introduction,
      shows: fc.constantFrom('mine' as const, 'yours' as const, 'theirs' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('injects' as const), to, message }) },
)

/** Two complete exchanges, or all messages forwarded. Random sequences vary these. */
const sequence: Move[] = [
  { does: 'commits', to: 'a', n: 0 },
  { does: 'reveals', to: 'a', n: 0 },
  { does: 'commits', to: 'b', n: 1 },
  { does: 'reveals', to: 'b', n: 1 },
]
const forwarded: Move[] = [0, 1].flatMap(
  (at) =>
    [
      { does: 'forwards', to: 'a', n: at },
      { does: 'forwards', to: 'b', n: at },
    ] as const,
)
const knownSequences = fc.constantFrom(sequence, forwarded)
/** Arbitrary sequences of moves, many of them close to a complete exchange. */
export const moves = fc.oneof(
  knownSequences,
  fc.array(move, { maxLength: 10 }),
  fc
    .tuple(
      fc.array(move, { maxLength: 1 }),
      knownSequences.chain((all) => fc.shuffledSubarray(all, { minLength: 2 })),
      fc.array(move, { maxLength: 2 }),
    )
    .map((parts) => parts.flat()),
)
