import { describe, expect, test } from 'vitest'
import { makeCredentials } from '../../../turn/core/credentials.ts'
import { Nonces } from '../../../turn/core/nonce.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { longTermKey } from '../../../turn/stun/integrity.ts'
import { has, methods, read } from '../../../turn/stun/message.ts'
import { newTransaction, outcome } from '../asker.ts'
import { Desk, realm, secret } from '../desk.ts'

const minutes = 60_000
const udp = ['requestedTransport', 17] as const

describe('REST credentials', () => {
  test('are the ones that coturn makes', () => {
    // echo -n 1700000000:anna | openssl dgst -sha1 -hmac 'north' -binary | base64
    expect(makeCredentials('north', 'anna', 1_700_000_000)).toEqual({ username: '1700000000:anna', credential: 'WS1fjjHj2gNlXzhc/ZcwmC3ofIo=' })
  })

  test('without an id are the time alone', () => {
    expect(makeCredentials('north', '', 1_700_000_000).username).toBe('1700000000')
  })

  test('end at their second', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.login = desk.credentials('anna', 60)
    asker.nonce()
    desk.advance(60_000 - 1)
    expect(outcome(asker.ask('allocate', [udp]))).toBe('success')
    desk.advance(1)
    expect(outcome(desk.client().ask('allocate', [udp], asker.login))).toBe(401)
  })

  test('keep an allocation alive past their end, for the one who holds it', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.login = desk.credentials('anna', 60)
    asker.allocate()
    desk.advance(5 * minutes)
    expect(outcome(asker.ask('refresh'))).toBe('success')
    expect(outcome(asker.ask('createPermission', [['xorPeerAddress', { ip: '1.2.3.4', port: 1 }]]))).toBe('success')
  })

  test.each([secret, 'an older one'])('are taken with every secret of the list: %s', (used) => {
    const desk = new Desk({ secrets: [secret, 'an older one'] })
    const login = makeCredentials(used, 'anna', desk.now / 1000 + 60)
    expect(outcome(desk.client().ask('allocate', [udp], login))).toBe('success')
  })

  test.each(['', 'anna', '-1:anna', '1e12:anna', '99999999999999999999:anna', ' 9999999999'])('are refused with the name %j', (username) => {
    const desk = new Desk()
    const credential = makeCredentials(secret, 'x', 0).credential
    expect(outcome(desk.client().ask('allocate', [udp], { username, credential }))).toBe(401)
  })
})

describe('a seal of SHA-256', () => {
  test('is taken, and answered with one', () => {
    const desk = new Desk()
    const asker = desk.client()
    const { username, credential } = asker.login
    const header = { kind: 'request', method: methods.allocate, transaction: newTransaction() } as const
    const key = longTermKey(username, realm, credential)
    const answer = asker.send(encode(header, [udp, ['username', username], ['realm', realm], ['nonce', asker.nonce()]], { seal: 'messageIntegritySha256', key }))!
    expect([outcome(answer), has(answer, 'messageIntegritySha256'), has(answer, 'messageIntegrity')]).toEqual(['success', true, false])
  })
})

describe('a nonce', () => {
  const nonces = new Nonces(Buffer.from('key'), 'cookie')
  const client = { ip: '1.2.3.4', port: 5 }
  const now = 1_800_000_000_000
  const nonce = nonces.make(client, now)

  test('is fresh for ten minutes', () => {
    expect([0, 599_999, 600_000].map((age) => nonces.isFresh(nonce, client, now + age))).toEqual([true, true, false])
  })
  test('is of no use elsewhere', () => {
    expect(nonces.isFresh(nonce, { ip: '1.2.3.5', port: 5 }, now)).toBe(false)
    expect(nonces.isFresh(nonce, { ip: '1.2.3.4', port: 6 }, now)).toBe(false)
    expect(new Nonces(Buffer.from('another'), 'cookie').isFresh(nonce, client, now)).toBe(false)
  })
  test('cannot be renewed by writing another time into it', () => {
    const later = nonces.make(client, now + 500_000).slice(0, -22) + nonce.slice(-22)
    expect(nonces.isFresh(later, client, now + 500_000)).toBe(false)
  })
  test('gone stale is answered with a fresh one that works', () => {
    const desk = new Desk()
    const asker = desk.client()
    asker.allocate()
    desk.advance(10 * minutes - 1)
    expect(outcome(asker.ask('refresh'))).toBe('success')
    desk.advance(1)
    const stale = asker.ask('refresh')!
    expect(outcome(stale)).toBe(438)
    expect(outcome(asker.ask('refresh', [], { nonce: read(stale, 'nonce')! }))).toBe('success')
  })
})
