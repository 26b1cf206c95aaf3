import { describe, expect, test } from 'vitest'
import { isPublicHost, isPrivate, addressKind } from '../../../../machines/protocol/address.ts'
import { classifyAddresses, classifyStun, classifyTurn } from '../../../../client/pages/check/classify.ts'
import { type Finding, severityFor } from '../../../../client/pages/check/finding.ts'
import type { Gathered } from '../../../../client/pages/check/gather.ts'
import { formatReport } from '../../../../client/pages/check/report.ts'
import { en } from '../../../../client/pages/check/texts/en.ts'
import { type IceUrl, parseIceUrl, splitByUrl } from '../../../../client/pages/check/iceUrl.ts'
import { verdictFor } from '../../../../client/pages/check/verdict.ts'

const url = (text: string): IceUrl => parseIceUrl(text) ?? expect.fail(`cannot parse the ICE URL ${text}`)
const candidate = (type: string, address: string): Gathered['candidates'][number] => ({ type, address })
const failure = (code: number, text = ''): Gathered['errors'][number] => ({ code, text })

const gathered = (found: Partial<Gathered> = {}): Gathered => ({
  candidates: [],
  errors: [],
  isComplete: true,
  elapsedMs: 20,
  ...found,
})
const silence = gathered({ isComplete: false, elapsedMs: 0 })

describe('ICE URL', () => {
  test.each([
    ['stun:example.org', { isTurn: false, host: 'example.org', port: 3478, transport: 'udp' }],
    ['turn:[fd00::2]:99?transport=tcp', { isTurn: true, host: '[fd00::2]', port: 99, transport: 'tcp' }],
    ['turns:example.org?transport=tcp', { isTurn: true, host: 'example.org', port: 5349, transport: 'tls' }],
    ['TURN:example.org:1?transport=UDP', { isTurn: true, host: 'example.org', port: 1, transport: 'udp' }],
  ])('%s is parsed', (text, parts) => expect(parseIceUrl(text)).toEqual({ text, ...parts }))

  test.each(['', 'http://example.org', 'turn:', 'turn:example.org:', 'turn:a?transport=sctp', 'turn:a:b:c'])(
    '%j is rejected',
    (text) => {
      expect(parseIceUrl(text)).toBeNull()
    },
  )

  test('splitByUrl returns one server per URL with its credentials', () => {
    expect(splitByUrl([{ urls: 'stun:a' }, { urls: ['turn:a', 'turn:b'], username: 'u', credential: 'c' }])).toEqual([
      { urls: 'stun:a' },
      { urls: 'turn:a', username: 'u', credential: 'c' },
      { urls: 'turn:b', username: 'u', credential: 'c' },
    ])
  })
})

describe('STUN server', () => {
  test.each<[string, string, Gathered, Finding]>([
    [
      'a reflexive candidate is mapped',
      'stun:a',
      gathered({ candidates: [candidate('host', 'x.local'), candidate('srflx', '203.0.113.9')] }),
      { code: 'mapped', address: '203.0.113.9' },
    ],
    [
      'a reflexive candidate and an error of another interface are mapped',
      'stun:a',
      gathered({ candidates: [candidate('srflx', '203.0.113.9')], errors: [failure(701)] }),
      { code: 'mapped', address: '203.0.113.9' },
    ],
    [
      'a public host address without a reflexive candidate is same',
      'stun:a',
      gathered({ candidates: [candidate('host', '203.0.113.9')] }),
      { code: 'same' },
    ],
    ['no response is silent (Chromium)', 'stun:a', silence, { code: 'silent' }],
    [
      'no response is silent (Firefox)',
      'stun:a',
      gathered({ errors: [failure(701)], elapsedMs: 11_100 }),
      { code: 'silent' },
    ],
    [
      'a failed host lookup is unresolved (Chromium)',
      'stun:a',
      gathered({ errors: [failure(701, 'STUN host lookup received error.')] }),
      { code: 'unresolved' },
    ],
    [
      'a failed host lookup is unresolved (Firefox)',
      'stun:a',
      gathered({ errors: [failure(701)] }),
      { code: 'unresolved' },
    ],
    [
      'a loopback server gets no request (Firefox)',
      'stun:127.0.0.1',
      gathered({ errors: [failure(701)] }),
      { code: 'loopback' },
    ],
    ['a failed TLS handshake is untrusted', 'stuns:a', gathered(), { code: 'untrusted' }],
  ])('%s', (_, text, found, finding) => expect(classifyStun(url(text), found)).toEqual(finding))
})

describe('TURN server', () => {
  const relay = gathered({ candidates: [candidate('relay', '203.0.113.9')] })
  const nearby = gathered({ candidates: [candidate('relay', '10.0.0.5')] })

  test.each<[string, string, Gathered, number | null, string, Finding]>([
    [
      'a working relay is relayed',
      'turn:a',
      relay,
      12,
      'example.org',
      { code: 'relayed', address: '203.0.113.9', roundTripMs: 12 },
    ],
    [
      'a relay that passes no data is unrelayed',
      'turn:a',
      relay,
      null,
      'example.org',
      { code: 'unrelayed', address: '203.0.113.9' },
    ],
    [
      'a working private relay address of a public server is relayed-nearby',
      'turn:a',
      nearby,
      12,
      'example.org',
      { code: 'relayed-nearby', address: '10.0.0.5', roundTripMs: 12 },
    ],
    [
      'a private relay address that passes no data is unrelayed-nearby',
      'turn:a',
      nearby,
      null,
      'example.org',
      { code: 'unrelayed-nearby', address: '10.0.0.5' },
    ],
    [
      'a private relay address of a server in a private network is relayed',
      'turn:a',
      nearby,
      12,
      '10.0.0.5',
      { code: 'relayed', address: '10.0.0.5', roundTripMs: 12 },
    ],
    [
      'error 401 is unauthorized',
      'turn:a',
      gathered({ errors: [failure(401, 'Unauthorized.')] }),
      null,
      'a',
      { code: 'unauthorized' },
    ],
    [
      'error 401 outweighs the silence of another interface',
      'turn:a',
      gathered({ errors: [failure(701), failure(401)] }),
      null,
      'a',
      { code: 'unauthorized' },
    ],
    ['error 403 is forbidden', 'turn:a', gathered({ errors: [failure(403)] }), null, 'a', { code: 'forbidden' }],
    ['error 486 is quota', 'turn:a', gathered({ errors: [failure(486)] }), null, 'a', { code: 'quota' }],
    ['error 508 is capacity', 'turn:a', gathered({ errors: [failure(508)] }), null, 'a', { code: 'capacity' }],
    ['error 438 is expired', 'turn:a', gathered({ errors: [failure(438)] }), null, 'a', { code: 'expired' }],
    [
      'any other error keeps its code',
      'turn:a',
      gathered({ errors: [failure(400, 'Bad Request')] }),
      null,
      'a',
      { code: 'error', number: 400, text: 'Bad Request' },
    ],
    ['no response on UDP is silent', 'turn:a', silence, null, 'a', { code: 'silent' }],
    [
      'no response from an IP address on UDP is silent',
      'turn:192.0.2.1',
      gathered({ errors: [failure(701)] }),
      null,
      'a',
      { code: 'silent' },
    ],
    [
      'a failed TCP connection is unreachable',
      'turn:a?transport=tcp',
      gathered({ errors: [failure(701, 'Failed to establish connection')] }),
      null,
      'a',
      { code: 'unreachable' },
    ],
    ['no response on TCP is unreachable', 'turn:a?transport=tcp', silence, null, 'a', { code: 'unreachable' }],
    ['a bad certificate is untrusted (Chromium)', 'turns:a', silence, null, 'a', { code: 'untrusted' }],
    ['a bad certificate is untrusted (Firefox)', 'turns:a', gathered(), null, 'a', { code: 'untrusted' }],
    ['a request that the browser blocks is nothing', 'turn:a', gathered(), null, 'a', { code: 'nothing' }],
  ])('%s', (_, text, found, roundTripMs, host, finding) => {
    expect(classifyTurn(url(text), { gathered: found, roundTripMs }, host)).toEqual(finding)
  })
})

test('local addresses are reported by kind, not by value', () => {
  const hosts = ['192.0.2.1', 'fd00::2', 'a-b.local', '192.0.2.2'].map((address) => candidate('host', address))
  expect(classifyAddresses(gathered({ candidates: hosts }))).toEqual({
    code: 'addresses',
    kinds: ['ipv4', 'ipv6', 'mdns'],
  })
  expect(classifyAddresses(gathered())).toEqual({ code: 'no-addresses' })
})

test('isPrivate and isPublicHost classify addresses and host names', () => {
  expect(
    [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '169.254.1.1',
      '127.0.0.1',
      'fd00::2',
      'fe80::1',
      '[::1]',
    ].filter((it) => !isPrivate(it)),
  ).toEqual([])
  expect(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1'].filter(isPrivate)).toEqual([])
  expect(['fe80::1%eth0', 'fd00::1%1'].filter((it) => !isPrivate(it))).toEqual([])
  expect(['example.org', '203.0.113.9'].filter((host) => !isPublicHost(host))).toEqual([])
  expect(['localhost', 'nas.local', 'nas', '192.168.1.1', '[::1]'].filter(isPublicHost)).toEqual([])
  expect(addressKind('3fa5e04a.local')).toBe('mdns')
})

describe('verdict', () => {
  const signaling = { subject: 'signaling', finding: { code: 'signaling', roundTripMs: 1 } } as const
  const relayed = (text: string) =>
    ({ subject: { url: text }, finding: { code: 'relayed', address: 'a', roundTripMs: 1 } }) as const
  const stun = { subject: { url: 'stun:a' }, finding: { code: 'same' } } as const
  const broken = { subject: { url: 'turn:a' }, finding: { code: 'unauthorized' } } as const

  test.each([
    ['everywhere', [signaling, stun, relayed('turn:a'), relayed('turn:a?transport=tcp')]],
    ['relay-over-tcp', [signaling, stun, broken, relayed('turn:a?transport=tcp')]],
    ['mostly', [signaling, stun, broken]],
    ['nearby', [signaling, broken]],
    ['nearby', [signaling, { subject: 'servers', finding: { code: 'no-servers' } }]],
    ['insecure', [signaling, { subject: 'page', finding: { code: 'insecure' } }, relayed('turn:a')]],
    ['no-webrtc', [signaling, { subject: 'page', finding: { code: 'no-webrtc' } }]],
    ['unreachable', [{ subject: 'signaling', finding: { code: 'signaling-silent' } }]],
  ] as const)('%s', (verdict, rows) => expect(verdictFor(rows)).toBe(verdict))
})

describe('report', () => {
  const rows = [
    { subject: 'signaling', finding: { code: 'signaling', roundTripMs: 3 }, stage: null },
    { subject: { url: 'turn:a?transport=tcp' }, finding: { code: 'unauthorized' }, stage: null },
    { subject: { url: 'stun:a' }, finding: null, stage: null },
  ] as const
  const report = formatReport(rows, en, { userAgent: 'A browser', at: new Date(0) })

  test('the report contains the results that the page shows', () => {
    expect(report).toContain('1970-01-01')
    expect(report).toContain('A browser')
    expect(report).toContain('[Works] Signaling: The server responds in 3 ms')
    expect(report).toContain('[Failed] turn:a?transport=tcp: Credentials rejected (401)')
    expect(report).toContain('[Testing] stun:a')
  })
})

test('each finding has a severity', () => {
  expect(severityFor({ code: 'relayed', address: 'a', roundTripMs: 1 })).toBe('fine')
  expect(severityFor({ code: 'relayed-nearby', address: 'a', roundTripMs: 1 })).toBe('limited')
  expect(severityFor({ code: 'unrelayed', address: 'a' })).toBe('failed')
})

test('the text of a finding names the failed port and gives advice', () => {
  expect(en.finding({ code: 'silent' }, url('turn:example.org:99'))).toEqual({
    title: 'No response from UDP port 99',
    advice: expect.stringContaining('example.org') as string,
  })
  expect(en.finding({ code: 'relayed-nearby', address: '10.0.0.5', roundTripMs: 2 }, url('turn:a')).advice).toContain(
    'DUET_TURN_EXTERNAL_IP',
  )
})

test('faults of the reverse proxy limit calls, and each one is named', () => {
  const finding: Finding = { code: 'proxy', faults: ['Host', 'X-Forwarded-For', 'Upgrade', 'trust'] }
  expect(severityFor(finding)).toBe('limited')
  for (const name of ['Host', 'X-Forwarded-For', 'Upgrade', 'DUET_TRUSTED_PROXIES'])
    expect(en.finding(finding, null).advice).toContain(name)
})
