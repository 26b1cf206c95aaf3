import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressKey,
  bindingLimit,
  HashedRateLimiter,
  challengeLimit,
  sourceKey,
} from '../../../turn/core/hashedRateLimiter.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { outcome, type TurnTestClient } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'
import { unauthenticatedRequest, appendAttribute } from '../packets.ts'

/** Limits for responses over UDP to requests without valid credentials, whose source address may be forged. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const victim = '9.9.9.9'
const from = (harness: CoreHarness, port: number, ip = victim, transport: 'udp' | 'tcp' = 'udp') =>
  harness.client({ remote: { ip, port }, transport })
const unknownAttribute = (method: 'binding' | 'allocate') =>
  appendAttribute(unauthenticatedRequest(method), 0x7abc, Buffer.alloc(4))

/** Returns the number of answered requests. */
const answered = (outcomes: readonly unknown[]): number => outcomes.filter((each) => each !== 'silence').length

describe('a rate limiter', () => {
  /** Takes a token at each time, in ms. Returns true for each success. */
  const ask = (limiter: HashedRateLimiter, times: readonly number[], ip = victim) =>
    times.map((time) => limiter.take(sourceKey(ip), time))
  const used = (rate = challengeLimit): HashedRateLimiter => {
    const limiter = new HashedRateLimiter(Buffer.from('key'), rate)
    while (limiter.take(sourceKey(victim), 0));
    return limiter
  }

  test('refills with the elapsed time, independent of requests in between', () => {
    expect(ask(used(), [100, 240, 240, 240])).toEqual([false, true, true, false])
  })

  test.each([9, 10, 17, 100, 1000])('allows 8.3 responses a second for %i requests a second', (perSecond) => {
    const times = Array.from({ length: perSecond * 60 }, (_, i) => (1 + i) * (1000 / perSecond))
    expect(ask(used(), times).filter(Boolean).length).toBeGreaterThanOrEqual(498)
  })

  test('allows exactly its rate for any arrival rates', () => {
    const rate = fc.constantFrom(challengeLimit, bindingLimit, { burst: 20, perSecond: 3 })
    /** Phases of requests at one interval each: bursts, trickles and pauses. */
    const phases = fc.array(
      fc.record({ asks: fc.integer({ min: 1, max: 200 }), everyMs: fc.integer({ min: 0, max: 5_000 }) }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(rate, phases, (given, storm) => {
        const limiter = new HashedRateLimiter(Buffer.from('key'), given)
        // The reference: the maximum of a token bucket that is checked after each request.
        let [now, level, due, got] = [0, given.burst, 0, 0]
        for (const { asks, everyMs } of storm) {
          for (let i = 0; i < asks; i++) {
            now += everyMs
            level = Math.min(given.burst, level + (everyMs / 1000) * given.perSecond)
            if (level >= 1) [level, due] = [level - 1, due + 1]
            if (limiter.take(sourceKey(victim), now)) got++
          }
        }
        // Rounding can move a response to the next request.
        expect(Math.abs(got - due)).toBeLessThanOrEqual(2)
      }),
      { numRuns: 60 },
    )
  })

  test('limits each IPv4 address and each IPv6 /64 separately', () => {
    const limiter = used()
    while (limiter.take(sourceKey('2600:1:2:3::1'), 0));
    expect(['2600:1:2:3:ffff::9', '2600:1:2:4::1', '9.9.9.8'].map((ip) => limiter.take(sourceKey(ip), 0))).toEqual([
      false,
      true,
      true,
    ])
    expect(addressKey({ ip: victim, port: 1 })).not.toBe(addressKey({ ip: victim, port: 2 }))
  })
})

describe('from one source over UDP', () => {
  test('1,000 challenges are sent at once, from any ports', () => {
    const harness = new CoreHarness()
    const outcomes = Array.from({ length: 1010 }, (_, i) =>
      outcome(from(harness, 1000 + i).requestUnauthenticated('allocate')),
    )
    expect([outcomes.slice(0, 1000).every((code) => code === 401), outcomes.slice(1000)]).toEqual([
      true,
      Array(10).fill('silence'),
    ])
    expect(harness.state.counters.responsesRateLimited).toBe(10)
  })

  test.each<[code: number, act: (turnClient: TurnTestClient) => unknown]>([
    [
      400,
      (turnClient) => turnClient.send(appendAttribute(unauthenticatedRequest('allocate'), 0x0008, Buffer.alloc(20))),
    ],
    [401, (turnClient) => turnClient.requestUnauthenticated('refresh')],
    [401, (turnClient) => turnClient.request('allocate', [udp], { nonce: 'x', credential: 'wrong' })],
    [420, (turnClient) => turnClient.send(unknownAttribute('binding'))],
    [438, (turnClient) => turnClient.request('allocate', [udp], { nonce: 'made elsewhere' })],
  ])('errors with %i count for the same limit', (code, act) => {
    const harness = new CoreHarness()
    const turnClient = from(harness, 5)
    turnClient.nonce()
    for (let i = 0; i < 999; i++) turnClient.requestUnauthenticated('allocate')
    harness.sent.length = 0
    act(turnClient)
    expect(harness.sent.length).toBe(0)
    harness.advance(120 * seconds)
    act(turnClient)
    expect([harness.sent.length, harness.state.counters.errorResponses[code]! >= 1]).toEqual([1, true])
  })

  test('5,000 Bindings are answered at once and then 500 a second, enough for 1,000 pages behind one NAT', () => {
    const harness = new CoreHarness()
    const storm = (count: number) =>
      answered(
        Array.from({ length: count }, (_, i) => outcome(from(harness, 1024 + i).requestUnauthenticated('binding'))),
      )
    expect(storm(6000)).toBe(5000)
    harness.advance(1 * seconds)
    expect(storm(600)).toBe(500)
    harness.advance(10 * seconds)
    expect(storm(2000)).toBe(2000)
    expect(harness.state.counters.responsesRateLimited).toBe(1100)
  })

  test('Bindings and challenges have separate limits', () => {
    const harness = new CoreHarness()
    for (let i = 0; i < 6000; i++) from(harness, 5).requestUnauthenticated('binding')
    expect(outcome(from(harness, 6).requestUnauthenticated('allocate'))).toBe(401)
    for (let i = 0; i < 1100; i++) from(harness, 5, '8.8.8.8').requestUnauthenticated('allocate')
    expect(outcome(from(harness, 6, '8.8.8.8').requestUnauthenticated('binding'))).toBe('success')
  })

  test('over TCP, where the source cannot be forged, every request is answered', () => {
    const harness = new CoreHarness()
    const turnClient = from(harness, 5, victim, 'tcp')
    expect(answered(Array.from({ length: 1100 }, () => outcome(turnClient.requestUnauthenticated('allocate'))))).toBe(
      1100,
    )
    expect(answered(Array.from({ length: 5100 }, () => outcome(turnClient.requestUnauthenticated('binding'))))).toBe(
      5100,
    )
  })
})

describe('during a flood of forged requests from a client’s address', () => {
  /** Exhausts the limit of the source with forged requests. */
  const flood = (harness: CoreHarness): void => {
    while (outcome(from(harness, 666).requestUnauthenticated('allocate')) !== 'silence');
  }

  test('a client with a nonce gets its allocation, its refresh and every error', () => {
    const harness = new CoreHarness()
    const turnClient = from(harness, 7)
    turnClient.nonce()
    flood(harness)
    expect(outcome(turnClient.request('allocate', [udp]))).toBe('success')
    for (let i = 0; i < 1100; i++)
      expect(outcome(turnClient.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: 1 }]]))).toBe(
        403,
      )
    expect(outcome(turnClient.request('refresh'))).toBe('success')
  })

  test('a client with a stale nonce gets a new one each time', () => {
    const harness = new CoreHarness()
    const turnClient = from(harness, 7)
    turnClient.credentials = harness.credentials('anna', 100_000)
    turnClient.allocate()
    const old = turnClient.nonce()
    harness.advance(601 * seconds)
    flood(harness)
    for (let i = 0; i < 1100; i++) expect(outcome(turnClient.request('refresh', [], { nonce: old }))).toBe(438)
  })

  test('a client with a wrong password gets a 401, within its own limit', () => {
    const harness = new CoreHarness()
    const [turnClient, neighbour] = [from(harness, 7), from(harness, 8)]
    turnClient.nonce()
    neighbour.nonce()
    flood(harness)
    const wrong = (one: TurnTestClient) => outcome(one.request('allocate', [udp], { credential: 'wrong' }))
    expect(answered(Array.from({ length: 1100 }, () => wrong(turnClient)))).toBe(1000)
    expect(wrong(neighbour)).toBe(401)
  })

  test('most new clients get a challenge despite 17 forged requests a second, because they send seven times', () => {
    const harness = new CoreHarness()
    flood(harness)
    // RFC 8489 §6.2.1: the send times of a client in ms. The attacker sends every 59 ms.
    const repeats = [0, 500, 1500, 3500, 7500, 15_500, 31_500]
    const newcomers = Array.from({ length: 40 }, (_, i) => {
      const turnClient = from(harness, 10_000 + i)
      const began = harness.now + 7 * i
      let isChallenged = false
      for (const at of repeats.map((repeat) => began + repeat)) {
        for (let next = nextForged(harness.now); next < at; next = nextForged(next)) {
          harness.now = next
          from(harness, 666).requestUnauthenticated('allocate')
        }
        harness.now = at
        isChallenged ||= outcome(turnClient.requestUnauthenticated('allocate')) === 401
      }
      return isChallenged
    })
    expect(newcomers.filter(Boolean).length).toBeGreaterThan(20)

    function nextForged(now: number): number {
      return (Math.floor(now / 59) + 1) * 59
    }
  })

  test('a nonce for another port does not prove the address', () => {
    const harness = new CoreHarness()
    const nonce = from(harness, 7).nonce()
    flood(harness)
    expect(outcome(Object.assign(from(harness, 8), { nonce: () => nonce }).request('allocate', [udp]))).toBe('silence')
  })
})
