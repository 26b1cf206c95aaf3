import { createHash, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBytes32, encodeFields, toBase64Url } from '../../../client/verification/bytes.ts'
import {
  deriveCode,
  computeCommitment,
  type EndInput,
  type CodeContext,
} from '../../../client/verification/safetyCode.ts'
import { emoji } from '../../../client/verification/emoji.ts'
import { emojiNames } from '../../../client/pages/call/texts/emoji.en.ts'
import type { Role } from '../../../machines/protocol/messages.ts'

/** A second implementation with another library, written from machines/README.md. */
const framed = (...fields: (string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    ['duet safety code 1', ...fields].flatMap((field) => {
      const bytes = Buffer.from(field as string)
      return [Buffer.from([bytes.length >> 8, bytes.length % 256]), bytes]
    }),
  )
const commitmentAgain = ({ room, connection }: CodeContext, role: Role, { fingerprint, nonce }: EndInput): string =>
  createHash('sha256')
    .update(framed('commitment', room, connection, role, fingerprint, nonce))
    .digest('base64url')
function codeAgain({ room, connection }: CodeContext, { impolite, polite }: Record<Role, EndInput>): number[] {
  const secret = framed(impolite.nonce, polite.nonce, impolite.fingerprint, polite.fingerprint)
  const derived = Buffer.from(hkdfSync('sha256', secret, '', framed('code', room, connection), 6))
  const digits = [...derived]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, 42)
  return digits.match(/.{6}/g)!.map((six) => Number.parseInt(six, 2))
}

const filled = (byte: number) => new Uint8Array(32).fill(byte)
const place: CodeContext = { room: 'den', connection: 'a3.1' }
const ends: Record<Role, EndInput> = {
  impolite: { fingerprint: filled(1), nonce: filled(2) },
  polite: { fingerprint: filled(3), nonce: filled(4) },
}

const arbitraryBytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes))
const arbitraryEnd: fc.Arbitrary<EndInput> = fc.record({ fingerprint: arbitraryBytes, nonce: arbitraryBytes })
const arbitraryEnds = fc.record({ impolite: arbitraryEnd, polite: arbitraryEnd })
const arbitraryPlace: fc.Arbitrary<CodeContext> = fc.record({
  room: fc.string({ unit: 'binary', maxLength: 70 }),
  connection: fc.tuple(fc.constantFrom('a', 'b'), fc.nat(), fc.nat()).map(([seat, epoch, n]) => `${seat}${epoch}.${n}`),
})

describe('safety code', () => {
  test('the test vectors are stable, so that pages of two versions derive the same code', async () => {
    expect(await computeCommitment(place, 'impolite', ends.impolite)).toBe(
      'uFDQfg8NK9-Rz6WA1TsfavFw7isOlSbHn41AX59hevM',
    )
    expect(await computeCommitment(place, 'polite', ends.polite)).toBe('kp-LzpF_BFjK2fJOftv51hlwLtKQJ-pfx1qlA2s0iWk')
    expect(await deriveCode(place, ends)).toEqual([22, 58, 40, 39, 5, 63, 39])
  })

  test('codes and commitments equal those of the second implementation', () =>
    fc.assert(
      fc.asyncProperty(arbitraryPlace, arbitraryEnds, async (where, both) => {
        expect(await computeCommitment(where, 'impolite', both.impolite)).toBe(
          commitmentAgain(where, 'impolite', both.impolite),
        )
        expect(await deriveCode(where, both)).toEqual(codeAgain(where, both))
      }),
    ))

  test('a code is seven numbers below 64', () =>
    fc.assert(
      fc.asyncProperty(arbitraryPlace, arbitraryEnds, async (where, both) => {
        const code = await deriveCode(where, both)
        expect(code).toHaveLength(7)
        for (const number of code) expect(emoji[number]).toBeDefined()
      }),
    ))

  test('each of the seven places uses all 64 numbers', async () => {
    const seen = Array.from({ length: 7 }, () => new Set<number>())
    for (let n = 0; n < 2_000; n++)
      for (const [at, number] of (await deriveCode({ ...place, connection: `a1.${n}` }, ends)).entries())
        seen[at]?.add(number)
    expect(seen.map(({ size }) => size)).toEqual(Array(7).fill(64))
  })
})

/** All inputs, each with a change of one bit or one letter. */
const inputs: [
  string,
  (where: CodeContext, both: Record<Role, EndInput>, at: number) => [CodeContext, Record<Role, EndInput>],
][] = [
  ['the room', (where, both) => [{ ...where, room: `${where.room}x` }, both]],
  ['the connection', (where, both) => [{ ...where, connection: `${where.connection}0` }, both]],
  ...(['impolite', 'polite'] as const).flatMap((role) =>
    (['fingerprint', 'nonce'] as const).map((name): (typeof inputs)[number] => [
      `the ${role} side’s ${name}`,
      (where, both, at) => [where, { ...both, [role]: { ...both[role], [name]: flipped(both[role][name], at) } }],
    ]),
  ),
]
const flipped = (bytes: Uint8Array, bit: number) =>
  Uint8Array.from(bytes, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
const bit = fc.nat(255)

describe('a different code follows from a change of', () => {
  test.each(inputs)('%s', (_, change) =>
    fc.assert(
      fc.asyncProperty(arbitraryPlace, arbitraryEnds, bit, async (where, both, at) => {
        expect(await deriveCode(...change(where, both, at))).not.toEqual(await deriveCode(where, both))
      }),
    ),
  )

  test('the order of the sides', () =>
    fc.assert(
      fc.asyncProperty(arbitraryPlace, arbitraryEnds, async (where, { impolite, polite }) => {
        fc.pre(toBase64Url(impolite.nonce) !== toBase64Url(polite.nonce))
        expect(await deriveCode(where, { impolite: polite, polite: impolite })).not.toEqual(
          await deriveCode(where, { impolite, polite }),
        )
      }),
    ))
})

describe('a different commitment follows from a change of', () => {
  test.each(inputs.filter(([name]) => !name.includes(' polite')))('%s', (_, change) =>
    fc.assert(
      fc.asyncProperty(arbitraryPlace, arbitraryEnds, bit, async (where, both, at) => {
        const [elsewhere, { impolite }] = change(where, both, at)
        expect(await computeCommitment(elsewhere, 'impolite', impolite)).not.toBe(
          await computeCommitment(where, 'impolite', both.impolite),
        )
      }),
    ),
  )

  test('the role', async () => {
    expect(await computeCommitment(place, 'polite', ends.impolite)).not.toBe(
      await computeCommitment(place, 'impolite', ends.impolite),
    )
  })
})

test('different field lists encode to different bytes', () =>
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (some, others) => {
      expect(toBase64Url(encodeFields(...some)) === toBase64Url(encodeFields(...others))).toBe(
        JSON.stringify(some) === JSON.stringify(others),
      )
    }),
  ))

test('parseBytes32 reads only the output of toBase64Url', () => {
  fc.assert(
    fc.property(arbitraryBytes, (bytes) => {
      expect(parseBytes32(toBase64Url(bytes))).toEqual(bytes)
    }),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.uint8Array({ maxLength: 64 }).map((bytes) => toBase64Url(new Uint8Array(bytes))),
      ),
      (text) => {
        const bytes = parseBytes32(text)
        expect(bytes === null || (bytes.length === 32 && toBase64Url(bytes) === text)).toBe(true)
      },
    ),
  )
  const text = toBase64Url(filled(0))
  for (const wrong of ['', text.slice(1), `${text}A`, `${text}=`, ` ${text}`, text.replace(/.$/, 'B')])
    expect(parseBytes32(wrong)).toBeNull()
})

describe('emoji', () => {
  test('the list has 64 distinct emoji with distinct names', () => {
    expect(new Set(emoji).size).toBe(64)
    const names = emoji.map((each) => emojiNames[each])
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(64)
    for (const name of names) expect(name).toMatch(/^[A-Z][a-z]{2,10}$/)
  })

  test('each emoji is one code point with emoji presentation', () => {
    for (const each of emoji) expect(each).toMatch(/^\p{Emoji_Presentation}$/u)
  })

  test('no two emoji names share their first four or last three letters', () => {
    const names = emoji.map((each) => emojiNames[each])
    for (const part of [(name: string) => name.slice(0, 4), (name: string) => name.slice(-3)]) {
      const parts = names.map(part)
      expect(parts.filter((each, at) => parts.indexOf(each) !== at)).toEqual([])
    }
  })
})
