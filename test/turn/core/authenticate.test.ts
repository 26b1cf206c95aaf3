import { describe, expect, test } from 'vitest'
import { makeCredentials } from '../../../turn/core/credentials.ts'
import { Nonces } from '../../../turn/core/nonce.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { longTermKey } from '../../../turn/stun/integrity.ts'
import { has, methods, read } from '../../../turn/stun/message.ts'
import { createTransactionId, outcome } from '../turnTestClient.ts'
import { CoreHarness, realm, secret } from '../coreHarness.ts'

const minutes = 60_000
const udp = ['requestedTransport', 17] as const

describe('REST credentials', () => {
  test('equal those of coturn', () => {
    // echo -n 1700000000:anna | openssl dgst -sha1 -hmac 'north' -binary | base64
    expect(makeCredentials('north', 'anna', 1_700_000_000)).toEqual({
      username: '1700000000:anna',
      credential: 'WS1fjjHj2gNlXzhc/ZcwmC3ofIo=',
    })
  })

  test('without an id consist of the time only', () => {
    expect(makeCredentials('north', '', 1_700_000_000).username).toBe('1700000000')
  })

  test('expire at their second', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.credentials = harness.credentials('anna', 60)
    turnClient.nonce()
    harness.advance(60_000 - 1)
    expect(outcome(turnClient.request('allocate', [udp]))).toBe('success')
    harness.advance(1)
    expect(outcome(harness.client().request('allocate', [udp], turnClient.credentials))).toBe(401)
  })

  test('can refresh their own allocation after they expire', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.credentials = harness.credentials('anna', 60)
    turnClient.allocate()
    harness.advance(5 * minutes)
    expect(outcome(turnClient.request('refresh'))).toBe('success')
    expect(outcome(turnClient.request('createPermission', [['xorPeerAddress', { ip: '1.2.3.4', port: 1 }]]))).toBe(
      'success',
    )
  })

  test.each([secret, 'an older one'])('are accepted with every configured secret: %s', (used) => {
    const harness = new CoreHarness({ secrets: [secret, 'an older one'] })
    const credentials = makeCredentials(used, 'anna', harness.now / 1000 + 60)
    expect(outcome(harness.client().request('allocate', [udp], credentials))).toBe('success')
  })

  test.each(['', 'anna', '-1:anna', '1e12:anna', '99999999999999999999:anna', ' 9999999999'])(
    'are rejected with the name %j',
    (username) => {
      const harness = new CoreHarness()
      const credential = makeCredentials(secret, 'x', 0).credential
      expect(outcome(harness.client().request('allocate', [udp], { username, credential }))).toBe(401)
    },
  )
})

describe('MESSAGE-INTEGRITY-SHA256', () => {
  test('is accepted, and its response has one', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    const { username, credential } = turnClient.credentials
    const header = { messageClass: 'request', method: methods.allocate, transactionId: createTransactionId() } as const
    const key = longTermKey(username, realm, credential)
    const answer = turnClient.send(
      encode(header, [udp, ['username', username], ['realm', realm], ['nonce', turnClient.nonce()]], {
        integrity: 'messageIntegritySha256',
        key,
      }),
    )!
    expect([outcome(answer), has(answer, 'messageIntegritySha256'), has(answer, 'messageIntegrity')]).toEqual([
      'success',
      true,
      false,
    ])
  })
})

describe('a nonce', () => {
  const nonces = new Nonces(Buffer.from('key'), 'cookie')
  const client = { ip: '1.2.3.4', port: 5 }
  const now = 1_800_000_000_000
  const nonce = nonces.create(client, now)

  test('is fresh for ten minutes', () => {
    expect([0, 599_999, 600_000].map((age) => nonces.isFresh(nonce, client, now + age))).toEqual([true, true, false])
  })
  test('is stale at another address or port', () => {
    expect(nonces.isFresh(nonce, { ip: '1.2.3.5', port: 5 }, now)).toBe(false)
    expect(nonces.isFresh(nonce, { ip: '1.2.3.4', port: 6 }, now)).toBe(false)
    expect(new Nonces(Buffer.from('another'), 'cookie').isFresh(nonce, client, now)).toBe(false)
  })
  test('with a changed time is stale', () => {
    const later = nonces.create(client, now + 500_000).slice(0, -22) + nonce.slice(-22)
    expect(nonces.isFresh(later, client, now + 500_000)).toBe(false)
  })
  test('that is stale gets a 438 with a fresh one that works', () => {
    const harness = new CoreHarness()
    const turnClient = harness.client()
    turnClient.allocate()
    harness.advance(10 * minutes - 1)
    expect(outcome(turnClient.request('refresh'))).toBe('success')
    harness.advance(1)
    const stale = turnClient.request('refresh')!
    expect(outcome(stale)).toBe(438)
    expect(outcome(turnClient.request('refresh', [], { nonce: read(stale, 'nonce')! }))).toBe('success')
  })
})
