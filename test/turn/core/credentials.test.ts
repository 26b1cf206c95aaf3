import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { longTermKey, type Hash, type Seal } from '../../../turn/stun/integrity.ts'
import { methods, read, type Message } from '../../../turn/stun/message.ts'
import { newTransaction, outcome, type Asker, type Method } from '../asker.ts'
import { Desk, realm } from '../desk.ts'

/** RFC 8489 §9.2: password algorithms, hidden names, static users, strict ends. */

const seconds = 1000
const udp: Attribute = ['requestedTransport', 17]
const none = new Uint8Array()
const md5 = { id: 1, parameters: none }
const sha256 = { id: 2, parameters: none }
const both: Attribute = ['passwordAlgorithms', [sha256, md5]]

interface Signature {
  readonly hash?: Hash
  readonly seal?: Seal
  readonly name?: Attribute
}

/** A request as RFC 8489's own clients send it: `claims` follow name, realm and nonce. */
function ask(asker: Asker, method: Method, values: Attribute[], claims: Attribute[], { hash = 'md5', seal = 'messageIntegritySha256', name }: Signature = {}): Message | undefined {
  const { username, credential } = asker.login
  const header = { kind: 'request', method: methods[method], transaction: newTransaction() } as const
  const attributes: Attribute[] = [...values, name ?? ['username', username], ['realm', realm], ['nonce', asker.nonce()], ...claims]
  return asker.send(encode(header, attributes, { seal, key: longTermKey(username, realm, credential, hash) }))
}

const allocate = (claims: Attribute[], signature?: Signature, asker = new Desk().client()) => outcome(ask(asker, 'allocate', [udp], claims, signature))

describe('a password algorithm', () => {
  test.each(['allocate', 'refresh', 'createPermission', 'channelBind'] as const)('is offered with every challenge, of the stronger first: %s', (method) => {
    const answer = new Desk().client().askPlainly(method)!
    expect(read(answer, 'passwordAlgorithms')!.map(({ id }) => id)).toEqual([2, 1])
    expect(read(answer, 'nonce')).toMatch(/^obMatJos2gAAA/)
  })

  test('is offered with a stale nonce as well', () => {
    const stale = new Desk().client().ask('refresh', [], { nonce: 'old' })!
    expect([outcome(stale), read(stale, 'passwordAlgorithms')!.length]).toEqual([438, 2])
  })

  test.each<[Hash, typeof md5, Seal]>([
    ['sha256', sha256, 'messageIntegritySha256'], ['sha256', sha256, 'messageIntegrity'], ['md5', md5, 'messageIntegritySha256'], ['md5', md5, 'messageIntegrity'],
  ])('%s makes the key', (hash, chosen, seal) => {
    expect(allocate([both, ['passwordAlgorithm', chosen]], { hash, seal })).toBe('success')
  })

  test('that is named makes the key, and no other does', () => {
    expect(allocate([both, ['passwordAlgorithm', sha256]], { hash: 'md5' })).toBe(401)
    expect(allocate([both, ['passwordAlgorithm', md5]], { hash: 'sha256' })).toBe(401)
    expect(allocate([], { hash: 'sha256' })).toBe(401)
  })

  test('may change from request to request', () => {
    const asker = new Desk().client()
    asker.allocate()
    expect(outcome(ask(asker, 'refresh', [], [both, ['passwordAlgorithm', sha256]], { hash: 'sha256' }))).toBe('success')
    expect(outcome(asker.ask('refresh'))).toBe('success')
  })

  test.each<[string, Attribute[]]>([
    ['without the list', [['passwordAlgorithm', sha256]]],
    ['that the list lacks', [['passwordAlgorithms', [md5]], ['passwordAlgorithm', sha256]]],
    ['of a list that somebody made shorter', [['passwordAlgorithms', [md5]], ['passwordAlgorithm', md5]]],
    ['of a list that somebody turned round', [['passwordAlgorithms', [md5, sha256]], ['passwordAlgorithm', md5]]],
    ['of a list that somebody made longer', [['passwordAlgorithms', [sha256, md5, { id: 9, parameters: none }]], ['passwordAlgorithm', md5]]],
    ['of an empty list', [['passwordAlgorithms', []], ['passwordAlgorithm', md5]]],
    ['that nobody knows', [both, ['passwordAlgorithm', { id: 9, parameters: none }]]],
    ['with parameters that it does not have', [both, ['passwordAlgorithm', { id: 1, parameters: Uint8Array.of(1, 2, 3, 4) }]]],
    ['that is not named beside the list', [both]],
  ])('%s is a 400', (_, claims) => {
    for (const hash of ['md5', 'sha256'] as const) expect(allocate(claims, { hash })).toBe(400)
  })

  test('cannot be taken out of the nonce on the way', () => {
    const asker = new Desk().client()
    const nonce = asker.nonce()
    expect(outcome(asker.ask('allocate', [udp], { nonce: nonce.slice('obMatJos2gAAA'.length) }))).toBe(438)
    expect(outcome(asker.ask('allocate', [udp], { nonce: nonce.replace('gAAA', 'AAAA') }))).toBe(438)
  })
})

describe('a user of the list', () => {
  const users = new Map([['anna', 'north'], ['bob', 'south:west']])
  const login = (desk: Desk, username: string, credential: string): Asker => Object.assign(desk.client(), { login: { username, credential } })

  test('comes in by name and password, and never ends', () => {
    const desk = new Desk({ users })
    desk.advance(100_000_000 * seconds)
    expect(outcome(login(desk, 'bob', 'south:west').ask('allocate', [udp]))).toBe('success')
    expect(outcome(login(desk, 'anna', 'south:west').ask('allocate', [udp]))).toBe(401)
    expect(outcome(login(desk, 'cleo', 'north').ask('allocate', [udp]))).toBe(401)
  })

  test('leaves REST credentials what they were', () => {
    expect(outcome(new Desk({ users }).client().ask('allocate', [udp]))).toBe('success')
  })

  test('may hide the name, and is told so where nobody else comes', () => {
    const desk = new Desk({ users, secrets: [] })
    const asker = login(desk, 'anna', 'north')
    expect(asker.nonce()).toMatch(/^obMatJos2wAAA/)
    const hidden: Attribute = ['userHash', createHash('sha256').update('anna:test').digest()]
    expect(allocate([both, ['passwordAlgorithm', sha256]], { hash: 'sha256', name: hidden }, asker)).toBe('success')
    expect(outcome(ask(asker, 'refresh', [], [], { name: hidden }))).toBe('success')
  })

  test('cannot hide behind the hash of a name that nobody has', () => {
    const asker = login(new Desk({ users }), 'cleo', '')
    expect(allocate([], { name: ['userHash', createHash('sha256').update('cleo:test').digest()] }, asker)).toBe(401)
  })

  test('without any secret nobody comes with a REST name', () => {
    expect(outcome(new Desk({ users, secrets: [] }).client().ask('allocate', [udp]))).toBe(401)
  })
})

describe('a strict owner', () => {
  const strictly = (secondsLeft: number) => {
    const desk = new Desk({ isStrict: true })
    const asker = desk.client()
    asker.login = desk.credentials('anna', secondsLeft)
    return { desk, asker }
  }

  test('ends an allocation with its credentials', () => {
    const { desk, asker } = strictly(60)
    expect(read(asker.ask('allocate', [udp])!, 'lifetime')).toBe(60)
    desk.advance(60 * seconds - 1)
    expect(outcome(asker.ask('createPermission', [['xorPeerAddress', { ip: '1.2.3.4', port: 5 }]]))).toBe('success')
    desk.advance(1)
    expect(outcome(asker.ask('refresh'))).toBe(401)
    desk.expire()
    expect(desk.bound.size).toBe(0)
  })

  test('lets nobody refresh past their end', () => {
    const { desk, asker } = strictly(700)
    expect(read(asker.ask('allocate', [udp])!, 'lifetime')).toBe(600)
    desk.advance(500 * seconds)
    expect(read(asker.ask('refresh', [['lifetime', 3600]])!, 'lifetime')).toBe(200)
  })
})
