import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { bytesOf, textOf } from '../../client/verification/bytes.ts'
import { codeOf, commitmentOf } from '../../client/verification/safetyCode.ts'
import type { ChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import type { Role } from '../../machines/protocol/messages.ts'
import { Certificate, End } from '../client/verification/ends.ts'

type Side = 'a' | 'b'
export const across: Record<Side, Side> = { a: 'b', b: 'a' }
const otherRole: Record<Role, Role> = { impolite: 'polite', polite: 'impolite' }

/** What each page was told by whoever introduced them. */
export interface Told { role: Role; room: string; connection: string }

/** Anything that one in between can do with messages; `n` says which one. */
export type Move =
  | { does: 'forwards' | 'reflects'; to: Side; n: number }
  /** Plays the other end, as well as it can. */
  | { does: 'commits' | 'reveals' | 'grinds'; to: Side; n: number }
  /** A commitment of its own to something else. */
  | { does: 'commits otherwise'; to: Side; n: number; told: Told; shows: 'mine' | 'yours' | 'theirs' }
  | { does: 'injects'; to: Side; message: ChannelMessage }

/** So many nonces of its own it may try, to let the first two pictures be the same: nobody has the time to try for seven. */
const nonces = Array.from({ length: 12_288 }, () => new Uint8Array(randomBytes(32)))
const wantedPictures = 2

/** Sits between two pages: DTLS of each ends here, with a certificate of this one's own. */
export class Middle {
  readonly ends: Record<Side, End>
  readonly #shown: Record<Side, Certificate>
  readonly #told: Record<Side, Told>

  constructor(told: Record<Side, Told>, isTwofold = true) {
    const shown = new Certificate()
    this.#shown = { a: shown, b: isTwofold ? new Certificate() : shown }
    this.#told = told
    this.ends = { a: new End({ ...told.a, theirs: this.#shown.a }), b: new End({ ...told.b, theirs: this.#shown.b }) }
  }

  /** It waits until it has seen all there is to see, which is best for it. */
  async play(moves: readonly Move[]): Promise<void> {
    for (const move of moves) {
      await this.rest()
      const message = await this.#messageOf(move)
      if (message) this.ends[move.to].hears(message)
    }
    await this.rest()
  }

  async rest(): Promise<void> {
    await Promise.all(Object.values(this.ends).map((end) => end.rests()))
  }

  /** Nothing more comes. */
  async leave(): Promise<void> {
    for (const { clock } of Object.values(this.ends)) clock.increment(30_000)
    await this.rest()
  }

  stop(): void {
    for (const end of Object.values(this.ends)) end.stop()
  }

  async #messageOf(move: Move): Promise<ChannelMessage | undefined> {
    if (move.does === 'injects') return move.message
    const { to, n } = move
    if (move.does === 'forwards') return pick(this.ends[across[to]].says, n)
    if (move.does === 'reflects') return pick(this.ends[to].says, n)
    if (move.does === 'reveals') return { type: 'reveal', nonce: textOf(this.#nonce(n)) }
    if (move.does === 'grinds') return { type: 'reveal', nonce: textOf(await this.#grind(to)) }
    if (!('told' in move)) return this.#commitment(this.#mine(to), this.#shown[to], n)
    return this.#commitment(move.told, { mine: this.#shown[to], yours: this.ends[to].own, theirs: this.ends[across[to]].own }[move.shows], n)
  }

  #mine(to: Side): Told {
    return { ...this.#told[to], role: otherRole[this.#told[to].role] }
  }

  async #commitment({ role, ...place }: Told, { fingerprint }: Certificate, n: number): Promise<ChannelMessage> {
    return { type: 'commit', commitment: await commitmentOf(place, role, { fingerprint, nonce: this.#nonce(n) }) }
  }

  #nonce(n: number): Uint8Array<ArrayBuffer> {
    return nonces[n % nonces.length]!
  }

  /** A nonce that lets the first pictures be the same as on the other side: what would do without commitments. */
  async #grind(to: Side): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = this.ends[across[to]].code?.split(' ') ?? []
    const own = this.ends[to].says.find((message) => message.type === 'reveal')
    const theirNonce = own && bytesOf(own.nonce)
    if (!theirNonce) return this.#nonce(0)
    const [{ role, ...place }, fingerprint] = [this.#told[to], this.#shown[to].fingerprint]
    const end = { fingerprint: this.ends[to].own.fingerprint, nonce: theirNonce }
    for (const nonce of nonces) {
      const mine = { fingerprint, nonce }
      const code = await codeOf(place, role === 'polite' ? { polite: end, impolite: mine } : { impolite: end, polite: mine })
      if (code.slice(0, wantedPictures).every((number, at) => String(number) === wanted[at])) return nonce
    }
    return this.#nonce(0)
  }
}

const pick = <T>(all: readonly T[], n: number): T | undefined => all[n % Math.max(1, all.length)]

export const introduced = (a: Partial<Told> = {}, b: Partial<Told> = {}): Record<Side, Told> => ({
  a: { role: 'impolite', room: 'den', connection: 'a3.1', ...a },
  b: { role: 'polite', room: 'den', connection: 'a3.1', ...b },
})

const told: fc.Arbitrary<Told> = fc.record({
  role: fc.constantFrom('impolite', 'polite'), room: fc.constantFrom('den', 'kitchen'), connection: fc.constantFrom('a3.1', 'b4.1'),
})
/** Mostly as it should be: a lie about everything ends everything early. */
export const introductions = fc.oneof({ weight: 3, arbitrary: fc.constant(introduced()) }, { weight: 1, arbitrary: fc.record({ a: told, b: told }) })

const to = fc.constantFrom<Side>('a', 'b')
const n = fc.nat(2)
const text = fc.oneof(fc.constantFrom('', 'A'.repeat(42), 'A'.repeat(43), 'A'.repeat(44), '*'.repeat(43)), fc.string())
const message = fc.oneof(
  fc.record({ type: fc.constant('commit' as const), commitment: text }), fc.record({ type: fc.constant('reveal' as const), nonce: text }),
  fc.constant({ type: 'bye' as const }), fc.constantFrom('verified', 'user.confirmed', 'code.derived').map((type) => ({ type, code: [1, 2, 3, 4, 5, 6, 7] }) as never),
)

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('commits' as const, 'reveals' as const), to, n }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('forwards' as const, 'reflects' as const), to, n }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('commits otherwise' as const), to, n, told, shows: fc.constantFrom('mine' as const, 'yours' as const, 'theirs' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('injects' as const), to, message }) },
)

/** Both exchanges played to their end, or handed on as they are: ways from which whoever is too clever strays. */
const played: Move[] = [
  { does: 'commits', to: 'a', n: 0 }, { does: 'reveals', to: 'a', n: 0 }, { does: 'commits', to: 'b', n: 1 }, { does: 'reveals', to: 'b', n: 1 },
]
const handedOn: Move[] = [0, 1].flatMap((at) => [{ does: 'forwards', to: 'a', n: at }, { does: 'forwards', to: 'b', n: at }] as const)
const course = fc.constantFrom(played, handedOn)
export const moves = fc.oneof(
  course,
  fc.array(move, { maxLength: 10 }),
  fc.tuple(fc.array(move, { maxLength: 1 }), course.chain((all) => fc.shuffledSubarray(all, { minLength: 2 })), fc.array(move, { maxLength: 2 })).map((parts) => parts.flat()),
)
