import { describe, expect, test } from 'vitest'
import { isPublicHost, isPrivate, addressKind } from '../../../../client/pages/check/address.ts'
import { classifyAddresses, classifyStun, classifyTurn } from '../../../../client/pages/check/classify.ts'
import { type Finding, severityFor } from '../../../../client/pages/check/finding.ts'
import type { Gathered } from '../../../../client/pages/check/gather.ts'
import { formatReport } from '../../../../client/pages/check/report.ts'
import { en } from '../../../../client/pages/check/texts/en.ts'
import { type IceUrl, parseIceUrl, splitByUrl } from '../../../../client/pages/check/iceUrl.ts'
import { verdictFor } from '../../../../client/pages/check/verdict.ts'

const url = (text: string): IceUrl => parseIceUrl(text) ?? expect.fail(`${text} is no ICE URL`)
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

describe('an ICE URL', () => {
  test.each([
    ['stun:example.org', { isTurn: false, host: 'example.org', port: 3478, transport: 'udp' }],
    ['turn:[fd00::2]:99?transport=tcp', { isTurn: true, host: '[fd00::2]', port: 99, transport: 'tcp' }],
    ['turns:example.org?transport=tcp', { isTurn: true, host: 'example.org', port: 5349, transport: 'tls' }],
    ['TURN:example.org:1?transport=UDP', { isTurn: true, host: 'example.org', port: 1, transport: 'udp' }],
  ])('%s is taken apart', (text, parts) => expect(parseIceUrl(text)).toEqual({ text, ...parts }))

  test.each(['', 'http://example.org', 'turn:', 'turn:example.org:', 'turn:a?transport=sctp', 'turn:a:b:c'])(
    '%j is none',
    (text) => {
      expect(parseIceUrl(text)).toBeNull()
    },
  )

  test('each is tried alone, with the credentials that came with it', () => {
    expect(splitByUrl([{ urls: 'stun:a' }, { urls: ['turn:a', 'turn:b'], username: 'u', credential: 'c' }])).toEqual([
      { urls: 'stun:a' },
      { urls: 'turn:a', username: 'u', credential: 'c' },
      { urls: 'turn:b', username: 'u', credential: 'c' },
    ])
  })
})

describe('a STUN server', () => {
  test.each<[string, string, Gathered, Finding]>([
    [
      'that says what it sees is well',
      'stun:a',
      gathered({ candidates: [candidate('host', 'x.local'), candidate('srflx', '203.0.113.9')] }),
      { code: 'mapped', address: '203.0.113.9' },
    ],
    [
      'is well though another interface had no answer',
      'stun:a',
      gathered({ candidates: [candidate('srflx', '203.0.113.9')], errors: [failure(701)] }),
      { code: 'mapped', address: '203.0.113.9' },
    ],
    [
      'that sees what the browser has itself is well',
      'stun:a',
      gathered({ candidates: [candidate('host', '203.0.113.9')] }),
      { code: 'same' },
    ],
    ['is silent where nothing comes (Chromium)', 'stun:a', silence, { code: 'silent' }],
    [
      'is silent where nothing comes (Firefox)',
      'stun:a',
      gathered({ errors: [failure(701)], elapsedMs: 11_100 }),
      { code: 'silent' },
    ],
    [
      'has no address (Chromium)',
      'stun:a',
      gathered({ errors: [failure(701, 'STUN host lookup received error.')] }),
      { code: 'unresolved' },
    ],
    ['has no address (Firefox)', 'stun:a', gathered({ errors: [failure(701)] }), { code: 'unresolved' }],
    [
      'on loopback is not asked (Firefox)',
      'stun:127.0.0.1',
      gathered({ errors: [failure(701)] }),
      { code: 'loopback' },
    ],
    ['does not speak TLS', 'stuns:a', gathered(), { code: 'untrusted' }],
  ])('%s', (_, text, found, finding) => expect(classifyStun(url(text), found)).toEqual(finding))
})

describe('a TURN server', () => {
  const relay = gathered({ candidates: [candidate('relay', '203.0.113.9')] })
  const nearby = gathered({ candidates: [candidate('relay', '10.0.0.5')] })

  test.each<[string, string, Gathered, number | null, string, Finding]>([
    ['relays', 'turn:a', relay, 12, 'example.org', { code: 'relayed', address: '203.0.113.9', roundTripMs: 12 }],
    [
      'gives a relay that nothing passes',
      'turn:a',
      relay,
      null,
      'example.org',
      { code: 'unrelayed', address: '203.0.113.9' },
    ],
    [
      'calls itself by a private address',
      'turn:a',
      nearby,
      12,
      'example.org',
      { code: 'relayed-nearby', address: '10.0.0.5', roundTripMs: 12 },
    ],
    [
      '… which is why nothing passes',
      'turn:a',
      nearby,
      null,
      'example.org',
      { code: 'unrelayed-nearby', address: '10.0.0.5' },
    ],
    [
      '… as it should in a network of its own',
      'turn:a',
      nearby,
      12,
      '10.0.0.5',
      { code: 'relayed', address: '10.0.0.5', roundTripMs: 12 },
    ],
    [
      'refuses the credentials',
      'turn:a',
      gathered({ errors: [failure(401, 'Unauthorized.')] }),
      null,
      'a',
      { code: 'unauthorized' },
    ],
    [
      '… which counts for more than the silence of another interface',
      'turn:a',
      gathered({ errors: [failure(701), failure(401)] }),
      null,
      'a',
      { code: 'unauthorized' },
    ],
    ['forbids', 'turn:a', gathered({ errors: [failure(403)] }), null, 'a', { code: 'forbidden' }],
    ['has had enough of this user', 'turn:a', gathered({ errors: [failure(486)] }), null, 'a', { code: 'quota' }],
    ['is full', 'turn:a', gathered({ errors: [failure(508)] }), null, 'a', { code: 'capacity' }],
    ['never accepts a nonce', 'turn:a', gathered({ errors: [failure(438)] }), null, 'a', { code: 'expired' }],
    [
      'refuses for a reason of its own',
      'turn:a',
      gathered({ errors: [failure(400, 'Bad Request')] }),
      null,
      'a',
      { code: 'error', number: 400, text: 'Bad Request' },
    ],
    ['is silent on UDP', 'turn:a', silence, null, 'a', { code: 'silent' }],
    [
      'is not there on UDP, where a number needs no name server',
      'turn:192.0.2.1',
      gathered({ errors: [failure(701)] }),
      null,
      'a',
      { code: 'silent' },
    ],
    [
      'has no TCP port',
      'turn:a?transport=tcp',
      gathered({ errors: [failure(701, 'Failed to establish connection')] }),
      null,
      'a',
      { code: 'unreachable' },
    ],
    ['drops TCP', 'turn:a?transport=tcp', silence, null, 'a', { code: 'unreachable' }],
    ['has no good certificate (Chromium)', 'turns:a', silence, null, 'a', { code: 'untrusted' }],
    ['has no good certificate (Firefox)', 'turns:a', gathered(), null, 'a', { code: 'untrusted' }],
    ['is kept away by the browser', 'turn:a', gathered(), null, 'a', { code: 'nothing' }],
  ])('%s', (_, text, found, roundTripMs, host, finding) => {
    expect(classifyTurn(url(text), { gathered: found, roundTripMs }, host)).toEqual(finding)
  })
})

test('addresses are told by kind, without the addresses', () => {
  const hosts = ['192.0.2.1', 'fd00::2', 'a-b.local', '192.0.2.2'].map((address) => candidate('host', address))
  expect(classifyAddresses(gathered({ candidates: hosts }))).toEqual({
    code: 'addresses',
    kinds: ['ipv4', 'ipv6', 'mdns'],
  })
  expect(classifyAddresses(gathered())).toEqual({ code: 'no-addresses' })
})

test('an address is private where only some can reach it', () => {
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
  expect(['example.org', '203.0.113.9'].filter((host) => !isPublicHost(host))).toEqual([])
  expect(['localhost', 'nas.local', 'nas', '192.168.1.1', '[::1]'].filter(isPublicHost)).toEqual([])
  expect(addressKind('3fa5e04a.local')).toBe('mdns')
})

describe('the verdict', () => {
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

describe('the report', () => {
  const rows = [
    { subject: 'signaling', finding: { code: 'signaling', roundTripMs: 3 }, stage: null },
    { subject: { url: 'turn:a?transport=tcp' }, finding: { code: 'unauthorized' }, stage: null },
    { subject: { url: 'stun:a' }, finding: null, stage: null },
  ] as const
  const report = formatReport(rows, en, { userAgent: 'A browser', at: new Date(0) })

  test('says what the page says', () => {
    expect(report).toContain('1970-01-01')
    expect(report).toContain('A browser')
    expect(report).toContain('[Works] Signalling: The server answers in 3 ms')
    expect(report).toContain('[Fails] turn:a?transport=tcp: Refuses the credentials (401)')
    expect(report).toContain('[Looking] stun:a')
  })
})

test('what works is marked so, what does not is not', () => {
  expect(severityFor({ code: 'relayed', address: 'a', roundTripMs: 1 })).toBe('fine')
  expect(severityFor({ code: 'relayed-nearby', address: 'a', roundTripMs: 1 })).toBe('limited')
  expect(severityFor({ code: 'unrelayed', address: 'a' })).toBe('failed')
})

test('words name the port that failed and what to do about it', () => {
  expect(en.finding({ code: 'silent' }, url('turn:example.org:99'))).toEqual({
    title: 'No answer from UDP port 99',
    advice: expect.stringContaining('example.org') as string,
  })
  expect(en.finding({ code: 'relayed-nearby', address: '10.0.0.5', roundTripMs: 2 }, url('turn:a')).advice).toContain(
    'DUET_TURN_EXTERNAL_IP',
  )
})
