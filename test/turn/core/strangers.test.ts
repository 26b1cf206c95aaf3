import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey, bindingRate, Budget, challengeRate, sourceKey } from '../../../turn/core/challengeLimiter.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { outcome, type Asker } from '../asker.ts'
import { Desk } from '../desk.ts'
import { plainRequest, withMore } from '../packets.ts'

/** Answers over UDP to requests without valid credentials: anybody may have written the source address of such a request. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const victim = '9.9.9.9'
const from = (desk: Desk, port: number, ip = victim, transport: 'udp' | 'tcp' = 'udp') => desk.client({ remote: { ip, port }, transport })
const unknownAttribute = (method: 'binding' | 'allocate') => withMore(plainRequest(method), 0x7abc, Buffer.alloc(4))

/** How many of the requests were answered. */
const answered = (outcomes: readonly unknown[]): number => outcomes.filter((each) => each !== 'silence').length

describe('a budget', () => {
  /** Asks at the times given, in ms; true for each that is answered. */
  const ask = (budget: Budget, times: readonly number[], ip = victim) => times.map((time) => budget.spend(sourceKey(ip), time))
  const used = (rate = challengeRate): Budget => {
    const budget = new Budget(Buffer.from('key'), rate)
    while (budget.spend(sourceKey(victim), 0));
    return budget
  }

  test('refills with the time that passed, whether or not somebody asked meanwhile', () => {
    expect(ask(used(), [100, 240, 240, 240])).toEqual([false, true, true, false])
  })

  test.each([9, 10, 17, 100, 1000])('answers 8.3 a second for ever when %i ask in each', (perSecond) => {
    const times = Array.from({ length: perSecond * 60 }, (_, i) => (1 + i) * (1000 / perSecond))
    expect(ask(used(), times).filter(Boolean).length).toBeGreaterThanOrEqual(498)
  })

  test('answers what its rate allows, no less and no more, at any rates of arrival', () => {
    const rate = fc.constantFrom(challengeRate, bindingRate, { burst: 20, perSecond: 3 })
    /** Phases, each of some asks at one interval: storms, trickles and pauses. */
    const phases = fc.array(fc.record({ asks: fc.integer({ min: 1, max: 200 }), everyMs: fc.integer({ min: 0, max: 5_000 }) }), { minLength: 1, maxLength: 8 })
    fc.assert(fc.property(rate, phases, (given, storm) => {
      const budget = new Budget(Buffer.from('key'), given)
      // The reference: what a bucket that is looked at after each ask may have given out at most.
      let [now, level, due, got] = [0, given.burst, 0, 0]
      for (const { asks, everyMs } of storm) {
        for (let i = 0; i < asks; i++) {
          now += everyMs
          level = Math.min(given.burst, level + (everyMs / 1000) * given.perSecond)
          if (level >= 1) [level, due] = [level - 1, due + 1]
          if (budget.spend(sourceKey(victim), now)) got++
        }
      }
      // Rounding moves an answer to the next ask.
      expect(Math.abs(got - due)).toBeLessThanOrEqual(2)
    }), { numRuns: 60 })
  })

  test('belongs to one IPv4 address or one IPv6 /64, and leaves others theirs', () => {
    const budget = used()
    while (budget.spend(sourceKey('2600:1:2:3::1'), 0));
    expect(['2600:1:2:3:ffff::9', '2600:1:2:4::1', '9.9.9.8'].map((ip) => budget.spend(sourceKey(ip), 0))).toEqual([false, true, true])
    expect(addressKey({ ip: victim, port: 1 })).not.toBe(addressKey({ ip: victim, port: 2 }))
  })
})

describe('from one source over UDP', () => {
  test('1,000 challenges are answered at once, whatever the ports', () => {
    const desk = new Desk()
    const outcomes = Array.from({ length: 1010 }, (_, i) => outcome(from(desk, 1000 + i).askPlainly('allocate')))
    expect([outcomes.slice(0, 1000).every((code) => code === 401), outcomes.slice(1000)]).toEqual([true, Array(10).fill('silence')])
    expect(desk.core.counters.withheld).toBe(10)
  })

  test.each<[code: number, act: (asker: Asker) => unknown]>([
    [400, (asker) => asker.send(withMore(plainRequest('allocate'), 0x0008, Buffer.alloc(20)))],
    [401, (asker) => asker.askPlainly('refresh')],
    [401, (asker) => asker.ask('allocate', [udp], { nonce: 'x', credential: 'wrong' })],
    [420, (asker) => asker.send(unknownAttribute('binding'))],
    [438, (asker) => asker.ask('allocate', [udp], { nonce: 'made elsewhere' })],
  ])('answers with %i are counted in the same budget', (code, act) => {
    const desk = new Desk()
    const asker = from(desk, 5)
    asker.nonce()
    for (let i = 0; i < 999; i++) asker.askPlainly('allocate')
    desk.sent.length = 0
    act(asker)
    expect(desk.sent.length).toBe(0)
    desk.advance(120 * seconds)
    act(asker)
    expect([desk.sent.length, desk.core.counters.refused[code]! >= 1]).toEqual([1, true])
  })

  test('5,000 Bindings are answered at once and 500 in each second after, which keep 1,000 pages behind one NAT', () => {
    const desk = new Desk()
    const storm = (count: number) => answered(Array.from({ length: count }, (_, i) => outcome(from(desk, 1024 + i).askPlainly('binding'))))
    expect(storm(6000)).toBe(5000)
    desk.advance(1 * seconds)
    expect(storm(600)).toBe(500)
    desk.advance(10 * seconds)
    expect(storm(2000)).toBe(2000)
    expect(desk.core.counters.withheld).toBe(1100)
  })

  test('Bindings use up no challenge, and challenges no Binding', () => {
    const desk = new Desk()
    for (let i = 0; i < 6000; i++) from(desk, 5).askPlainly('binding')
    expect(outcome(from(desk, 6).askPlainly('allocate'))).toBe(401)
    for (let i = 0; i < 1100; i++) from(desk, 5, '8.8.8.8').askPlainly('allocate')
    expect(outcome(from(desk, 6, '8.8.8.8').askPlainly('binding'))).toBe('success')
  })

  test('over TCP, whose source nobody forges, everything is answered', () => {
    const desk = new Desk()
    const asker = from(desk, 5, victim, 'tcp')
    expect(answered(Array.from({ length: 1100 }, () => outcome(asker.askPlainly('allocate'))))).toBe(1100)
    expect(answered(Array.from({ length: 5100 }, () => outcome(asker.askPlainly('binding'))))).toBe(5100)
  })
})

describe('while a forger floods the address of a victim', () => {
  /** The forger never lets the budget of the source refill. */
  const flood = (desk: Desk): void => {
    while (outcome(from(desk, 666).askPlainly('allocate')) !== 'silence');
  }

  test('a client that has a nonce gets its allocation, its refresh and every error', () => {
    const desk = new Desk()
    const asker = from(desk, 7)
    asker.nonce()
    flood(desk)
    expect(outcome(asker.ask('allocate', [udp]))).toBe('success')
    for (let i = 0; i < 1100; i++) expect(outcome(asker.ask('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: 1 }]]))).toBe(403)
    expect(outcome(asker.ask('refresh'))).toBe('success')
  })

  test('a client whose nonce is stale gets a new one, however often it needs it', () => {
    const desk = new Desk()
    const asker = from(desk, 7)
    asker.login = desk.credentials('anna', 100_000)
    asker.allocate()
    const old = asker.nonce()
    desk.advance(601 * seconds)
    flood(desk)
    for (let i = 0; i < 1100; i++) expect(outcome(asker.ask('refresh', [], { nonce: old }))).toBe(438)
  })

  test('a client that mistook its password is told so, within a budget of its own', () => {
    const desk = new Desk()
    const [asker, neighbour] = [from(desk, 7), from(desk, 8)]
    asker.nonce()
    neighbour.nonce()
    flood(desk)
    const wrong = (one: Asker) => outcome(one.ask('allocate', [udp], { credential: 'wrong' }))
    expect(answered(Array.from({ length: 1100 }, () => wrong(asker)))).toBe(1000)
    expect(wrong(neighbour)).toBe(401)
  })

  test('most newcomers are challenged in spite of 17 forged requests a second: a client repeats its request seven times', () => {
    const desk = new Desk()
    flood(desk)
    // RFC 8489 §6.2.1: when a client sends its request, in ms. The forger sends one each 59 ms.
    const repeats = [0, 500, 1500, 3500, 7500, 15_500, 31_500]
    const newcomers = Array.from({ length: 40 }, (_, i) => {
      const asker = from(desk, 10_000 + i)
      const began = desk.now + 7 * i
      let isHeard = false
      for (const at of repeats.map((repeat) => began + repeat)) {
        for (let next = nextForged(desk.now); next < at; next = nextForged(next)) {
          desk.now = next
          from(desk, 666).askPlainly('allocate')
        }
        desk.now = at
        isHeard ||= outcome(asker.askPlainly('allocate')) === 401
      }
      return isHeard
    })
    expect(newcomers.filter(Boolean).length).toBeGreaterThan(20)

    function nextForged(now: number): number {
      return (Math.floor(now / 59) + 1) * 59
    }
  })

  test('a nonce that was made for another port proves nothing', () => {
    const desk = new Desk()
    const nonce = from(desk, 7).nonce()
    flood(desk)
    expect(outcome(Object.assign(from(desk, 8), { nonce: () => nonce }).ask('allocate', [udp]))).toBe('silence')
  })
})

