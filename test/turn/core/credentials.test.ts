import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { longTermKey, type PasswordHash, type IntegrityAlgorithm } from '../../../turn/stun/integrity.ts'
import { methods, read, type Message } from '../../../turn/stun/message.ts'
import { createTransactionId, outcome, type TurnTestClient, type Method } from '../turnTestClient.ts'
import { CoreHarness, realm } from '../coreHarness.ts'

/** RFC 8489 §9.2: password algorithms, USERHASH, listed users, strict expiry. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const none = new Uint8Array()
const md5 = { id: 1, parameters: none }
const sha256 = { id: 2, parameters: none }
const both: Attribute = ['passwordAlgorithms', [sha256, md5]]

interface Signature {
  readonly hash?: PasswordHash
  readonly integrity?: IntegrityAlgorithm
  readonly name?: Attribute
}

/** Sends a request like an RFC 8489 client: `claims` follow name, realm and nonce. */
function ask(
  turnClient: TurnTestClient,
  method: Method,
  values: Attribute[],
  claims: Attribute[],
  { hash = 'md5', integrity = 'messageIntegritySha256', name }: Signature = {},
): Message | undefined {
  const { username, credential } = turnClient.credentials
  const header = { messageClass: 'request', method: methods[method], transactionId: createTransactionId() } as const
  const attributes: Attribute[] = [
    ...values,
    name ?? ['username', username],
    ['realm', realm],
    ['nonce', turnClient.nonce()],
    ...claims,
  ]
  return turnClient.send(encode(header, attributes, { integrity, key: longTermKey(username, realm, credential, hash) }))
}

const allocate = (claims: Attribute[], signature?: Signature, turnClient = new CoreHarness().client()) =>
  outcome(ask(turnClient, 'allocate', [udp], claims, signature))

describe('a password algorithm', () => {
  test.each(['allocate', 'refresh', 'createPermission', 'channelBind'] as const)(
    'is offered with every challenge, strongest first: %s',
    (method) => {
      const answer = new CoreHarness().client().requestUnauthenticated(method)!
      expect(read(answer, 'passwordAlgorithms')!.map(({ id }) => id)).toEqual([2, 1])
      expect(read(answer, 'nonce')).toMatch(/^obMatJos2gAAA/)
    },
  )

  test('is offered with a 438 too', () => {
    const stale = new CoreHarness().client().request('refresh', [], { nonce: 'old' })!
    expect([outcome(stale), read(stale, 'passwordAlgorithms')!.length]).toEqual([438, 2])
  })

  test.each<[PasswordHash, typeof md5, IntegrityAlgorithm]>([
    ['sha256', sha256, 'messageIntegritySha256'],
    ['sha256', sha256, 'messageIntegrity'],
    ['md5', md5, 'messageIntegritySha256'],
    ['md5', md5, 'messageIntegrity'],
  ])('%s derives the key', (hash, chosen, integrity) => {
    expect(allocate([both, ['passwordAlgorithm', chosen]], { hash, integrity })).toBe('success')
  })

  test('in the request must be the one that derives the key', () => {
    expect(allocate([both, ['passwordAlgorithm', sha256]], { hash: 'md5' })).toBe(401)
    expect(allocate([both, ['passwordAlgorithm', md5]], { hash: 'sha256' })).toBe(401)
    expect(allocate([], { hash: 'sha256' })).toBe(401)
  })

  test('may change between requests', () => {
    const turnClient = new CoreHarness().client()
    turnClient.allocate()
    expect(outcome(ask(turnClient, 'refresh', [], [both, ['passwordAlgorithm', sha256]], { hash: 'sha256' }))).toBe(
      'success',
    )
    expect(outcome(turnClient.request('refresh'))).toBe('success')
  })

  test.each<[string, Attribute[]]>([
    ['without the list', [['passwordAlgorithm', sha256]]],
    [
      'that is not in the list',
      [
        ['passwordAlgorithms', [md5]],
        ['passwordAlgorithm', sha256],
      ],
    ],
    [
      'with a shortened list',
      [
        ['passwordAlgorithms', [md5]],
        ['passwordAlgorithm', md5],
      ],
    ],
    [
      'with a reordered list',
      [
        ['passwordAlgorithms', [md5, sha256]],
        ['passwordAlgorithm', md5],
      ],
    ],
    [
      'with an extended list',
      [
        ['passwordAlgorithms', [sha256, md5, { id: 9, parameters: none }]],
        ['passwordAlgorithm', md5],
      ],
    ],
    [
      'with an empty list',
      [
        ['passwordAlgorithms', []],
        ['passwordAlgorithm', md5],
      ],
    ],
    ['with an unknown id', [both, ['passwordAlgorithm', { id: 9, parameters: none }]]],
    ['with unexpected parameters', [both, ['passwordAlgorithm', { id: 1, parameters: Uint8Array.of(1, 2, 3, 4) }]]],
    ['missing beside the list', [both]],
  ])('%s returns 400', (_, claims) => {
    for (const hash of ['md5', 'sha256'] as const) expect(allocate(claims, { hash })).toBe(400)
  })

  test('cannot be removed from the nonce in transit', () => {
    const turnClient = new CoreHarness().client()
    const nonce = turnClient.nonce()
    expect(outcome(turnClient.request('allocate', [udp], { nonce: nonce.slice('obMatJos2gAAA'.length) }))).toBe(438)
    expect(outcome(turnClient.request('allocate', [udp], { nonce: nonce.replace('gAAA', 'AAAA') }))).toBe(438)
  })
})

describe('a listed user', () => {
  const users = new Map([
    ['anna', 'north'],
    ['bob', 'south:west'],
  ])
  const clientWith = (harness: CoreHarness, username: string, credential: string): TurnTestClient =>
    Object.assign(harness.client(), { credentials: { username, credential } })

  test('authenticates by name and password, and never expires', () => {
    const harness = new CoreHarness({ users })
    harness.advance(100_000_000 * seconds)
    expect(outcome(clientWith(harness, 'bob', 'south:west').request('allocate', [udp]))).toBe('success')
    expect(outcome(clientWith(harness, 'anna', 'south:west').request('allocate', [udp]))).toBe(401)
    expect(outcome(clientWith(harness, 'cleo', 'north').request('allocate', [udp]))).toBe(401)
  })

  test('does not affect REST credentials', () => {
    expect(outcome(new CoreHarness({ users }).client().request('allocate', [udp]))).toBe('success')
  })

  test('may send USERHASH, and the nonce cookie offers it only without a secret', () => {
    const harness = new CoreHarness({ users, secrets: [] })
    const turnClient = clientWith(harness, 'anna', 'north')
    expect(turnClient.nonce()).toMatch(/^obMatJos2wAAA/)
    const hidden: Attribute = ['userHash', createHash('sha256').update('anna:test').digest()]
    expect(allocate([both, ['passwordAlgorithm', sha256]], { hash: 'sha256', name: hidden }, turnClient)).toBe(
      'success',
    )
    expect(outcome(ask(turnClient, 'refresh', [], [], { name: hidden }))).toBe('success')
  })

  test('with a USERHASH of an unknown name gets a 401', () => {
    const turnClient = clientWith(new CoreHarness({ users }), 'cleo', '')
    expect(allocate([], { name: ['userHash', createHash('sha256').update('cleo:test').digest()] }, turnClient)).toBe(
      401,
    )
  })

  test('is the only kind of user without a secret: REST names get a 401', () => {
    expect(outcome(new CoreHarness({ users, secrets: [] }).client().request('allocate', [udp]))).toBe(401)
  })
})

describe('strict expiry', () => {
  const strictly = (secondsLeft: number) => {
    const harness = new CoreHarness({ hasStrictExpiry: true })
    const turnClient = harness.client()
    turnClient.credentials = harness.credentials('anna', secondsLeft)
    return { harness, turnClient }
  }

  test('ends an allocation when its credentials expire', () => {
    const { harness, turnClient } = strictly(60)
    expect(read(turnClient.request('allocate', [udp])!, 'lifetime')).toBe(60)
    harness.advance(60 * seconds - 1)
    expect(outcome(turnClient.request('createPermission', [['xorPeerAddress', { ip: '1.2.3.4', port: 5 }]]))).toBe(
      'success',
    )
    harness.advance(1)
    expect(outcome(turnClient.request('refresh'))).toBe(401)
    harness.sweepExpired()
    expect(harness.boundRelays.size).toBe(0)
  })

  test('rejects a Refresh after the credentials expired', () => {
    const { harness, turnClient } = strictly(700)
    expect(read(turnClient.request('allocate', [udp])!, 'lifetime')).toBe(600)
    harness.advance(500 * seconds)
    expect(read(turnClient.request('refresh', [['lifetime', 3600]])!, 'lifetime')).toBe(200)
  })
})
