import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { checkUrl } from '../../../turn/index.ts'
import { parseIceUrl } from '../../../turn/client/url.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { decode } from '../../../turn/stun/message.ts'
import { createCredentials, startTestServer } from '../turnFixture.ts'
import { describeEngines } from '../engines.ts'

describeEngines((engine) => {
  test.each(['udp', 'tcp'])('checkUrl passes every step of a working server over %s', async (transport) => {
    const turn = await startTestServer({ engine, allowPeers: [] })
    const result = await checkUrl(`turn:127.0.0.1:${turn.port}?transport=${transport}`, createCredentials())
    expect([result.ok, result.steps.map(({ name }) => name)]).toEqual([
      true,
      ['resolve', 'connect', 'binding', 'allocate', 'permission', 'relay'],
    ])
    await expect.poll(() => turn.counters()).toMatchObject({ allocations: 0, allocated: 2 })
  })
})

test('checkUrl tests a stun: URL without credentials', async () => {
  const turn = await startTestServer()
  const result = await checkUrl(`stun:127.0.0.1:${turn.port}`)
  expect([result.ok, result.steps.at(-1)]).toEqual([
    true,
    expect.objectContaining({ name: 'binding', detail: expect.stringMatching(/^seen as 127\.0\.0\.1:\d+$/) }),
  ])
})

test('checkUrl reports wrong credentials at the allocate step', async () => {
  const turn = await startTestServer()
  const result = await checkUrl(`turn:127.0.0.1:${turn.port}`, { ...createCredentials(), credential: 'guess' })
  expect([result.ok, result.failed]).toEqual([
    false,
    expect.objectContaining({ name: 'allocate', detail: expect.stringContaining('wrong credentials') }),
  ])
})

test('checkUrl reports expired credentials', async () => {
  const turn = await startTestServer()
  const result = await checkUrl(`turn:127.0.0.1:${turn.port}`, createCredentials('anna', -1))
  expect(result.failed).toMatchObject({ name: 'allocate', detail: expect.stringContaining('expired') })
})

test('checkUrl reports that no relay port is left', async () => {
  const turn = await startTestServer({ relayPorts: [61_802, 61_802] })
  expect((await checkUrl(`turn:127.0.0.1:${turn.port}`, createCredentials())).failed).toMatchObject({
    name: 'allocate',
    detail: expect.stringContaining('no relay port left'),
  })
})

test('checkUrl reports relays that cannot reach each other', async () => {
  const turn = await startTestServer({ externalIp: '203.0.113.5', denyPeers: ['203.0.113.5/32'] })
  expect((await checkUrl(`turn:127.0.0.1:${turn.port}`, createCredentials())).failed).toMatchObject({
    name: 'permission',
    detail: expect.stringContaining('403'),
  })
})

test.each(['udp', 'tcp'])('checkUrl reports a closed port over %s', async (transport) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const { failed } = await checkUrl(`stun:127.0.0.1:${port}?transport=${transport}`)
  expect(failed?.detail).toContain('nothing listens there')
})

test('checkUrl reports a server that never responds', async () => {
  const mute = createSocket('udp4').bind(0, '127.0.0.1')
  onTestFinished(() => void mute.close())
  await once(mute, 'listening')
  const { failed } = await checkUrl(`stun:127.0.0.1:${mute.address().port}`, undefined, { timeoutMs: 50 })
  expect(failed).toMatchObject({ name: 'binding', detail: expect.stringContaining('a firewall drops UDP port') })
})

test('checkUrl shows a reason phrase of the server without terminal escapes', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const attributes: Attribute[] = [['errorCode', { code: 400, reason: 'Bad\u001b]0;owned\u0007\u009b2J\r\nok\u202e' }]]
  server.on('message', (request, { port, address }) => {
    const { method, transactionId } = decode(request)
    server.send(encode({ messageClass: 'error', method, transactionId }, attributes), port, address)
  })
  const { failed } = await checkUrl(`stun:127.0.0.1:${server.address().port}`)
  expect(failed?.detail).toBe('400 Bad?]0;owned??2J??ok?: the server rejected the request')
})

test('checkUrl reports a host name that does not resolve', async () => {
  expect((await checkUrl('stun:nowhere.invalid')).failed).toMatchObject({ name: 'resolve' })
})

test.each([
  ['turn:a.example', { isTurn: true, transport: 'udp', host: 'a.example', port: 3478 }],
  ['turn:a.example:80?transport=tcp', { isTurn: true, transport: 'tcp', host: 'a.example', port: 80 }],
  ['turns:[2001:db8::1]:443?transport=tcp', { isTurn: true, transport: 'tls', host: '2001:db8::1', port: 443 }],
  ['stuns:a.example', { isTurn: false, transport: 'tls', host: 'a.example', port: 5349 }],
])('parseIceUrl parses %s', (text, url) => expect(parseIceUrl(text)).toEqual(url))

test.each([
  '',
  'turn:',
  'http://a.example',
  'turn:a:0',
  'turn:a:99999',
  'turn:a?transport=sctp',
  'turns:a?transport=udp',
  'turn:a b:1/c',
])('parseIceUrl rejects %j', (text) => {
  expect(() => parseIceUrl(text)).toThrow()
})
