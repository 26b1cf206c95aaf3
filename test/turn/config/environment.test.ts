import { describe, expect, test } from 'vitest'
import { readTurnSettings } from '../../../turn/config/environment.ts'

test('an empty environment gives the documented defaults and a random secret', () => {
  const { mode, urls, isSecretRandom, options } = readTurnSettings({ PATH: '/bin', DUET_LOG_LEVEL: 'info' })
  expect({ mode, urls, isSecretRandom }).toEqual({ mode: 'embedded', urls: [], isSecretRandom: true })
  expect(options).toEqual({
    port: 3478,
    relayPorts: [49152, 65535],
    realm: 'duet',
    selfTest: true,
    secrets: [expect.stringMatching(/^.{43}$/)],
    allowPrivatePeers: false,
    allowPeers: [],
    denyPeers: [],
    quotas: {},
    hasStrictExpiry: false,
    engine: 'auto',
  })
  expect(readTurnSettings({}).options.secrets).not.toEqual(options.secrets)
})

test('every setting is read', () => {
  const settings = readTurnSettings({
    HOST: '192.0.2.1',
    DUET_TURN: 'off',
    DUET_TURN_ENGINE: 'dgram',
    DUET_TURN_TLS_PORT: '443',
    DUET_TURN_WEB_PORT: 'off',
    DUET_TURN_HOST: 'relay.example.org',
    DUET_TURN_DRAIN: '5',
    DUET_TURN_PORT: '3479',
    DUET_TURN_RELAY_PORTS: '50000-50100',
    DUET_TURN_REALM: 'example.org',
    DUET_TURN_SELF_TEST: 'no',
    DUET_TURN_EXTERNAL_IP: '203.0.113.5/10.0.0.2',
    DUET_TURN_SECRET: 'new secret of this test, old secret of this test',
    DUET_TURN_URLS: 'turn:a.example, turns:b.example:443?transport=tcp',
    DUET_TURN_ALLOW_PRIVATE_PEERS: 'true',
    DUET_TURN_ALLOW_PEERS: '10.0.0.0/8',
    DUET_TURN_DENY_PEERS: '10.1.0.0/16,fd00::/8',
    DUET_TURN_QUOTA_USER: '9',
    DUET_TURN_QUOTA_GUEST: '3',
    DUET_TURN_QUOTA_GUEST_SOURCE: '2',
    DUET_TURN_QUOTA_RESERVED: '25',
    DUET_TURN_QUOTA_SOURCE_BYTES: '1000',
    DUET_TURN_QUOTA_TOTAL_BYTES: '0',
    DUET_TURN_QUOTA_SOURCE: '8',
    DUET_TURN_QUOTA_TOTAL: '7',
    DUET_TURN_QUOTA_PERMISSIONS: '6',
    DUET_TURN_QUOTA_CHANNELS: '5',
    DUET_TURN_QUOTA_BYTES: '0',
    DUET_TURN_QUOTA_CONNECTIONS: '4',
    DUET_TURN_USERS: 'anna:north, bob:south:west',
    DUET_TURN_STRICT_EXPIRY: 'yes',
    DUET_TURN_WORKERS: '2',
  })
  expect(settings).toEqual({
    mode: 'off',
    iceHost: 'relay.example.org',
    webPort: 'off',
    tlsPort: 443,
    drainTimeoutMs: 5000,
    urls: ['turn:a.example', 'turns:b.example:443?transport=tcp'],
    isSecretRandom: false,
    options: {
      host: '192.0.2.1',
      port: 3479,
      relayPorts: [50000, 50100],
      realm: 'example.org',
      selfTest: false,
      externalIp: '203.0.113.5/10.0.0.2',
      secrets: ['new secret of this test', 'old secret of this test'],
      allowPrivatePeers: true,
      allowPeers: ['10.0.0.0/8'],
      denyPeers: ['10.1.0.0/16', 'fd00::/8'],
      quotas: {
        user: 9,
        guest: 3,
        source: 8,
        guestSource: 2,
        total: 7,
        reservedPercent: 25,
        sourceBytesPerSecond: 1000,
        totalBytesPerSecond: Infinity,
        permissions: 6,
        channels: 5,
        bytesPerSecond: Infinity,
        connections: 4,
      },
      users: new Map([
        ['anna', 'north'],
        ['bob', 'south:west'],
      ]),
      hasStrictExpiry: true,
      workers: 2,
      engine: 'dgram',
    },
  })
})

test('DUET_TURN_URLS turns the embedded server off, unless DUET_TURN=embedded', () => {
  const DUET_TURN_URLS = 'turn:a.example'
  expect([
    readTurnSettings({ DUET_TURN_URLS }).mode,
    readTurnSettings({ DUET_TURN_URLS, DUET_TURN: 'embedded' }).mode,
  ]).toEqual(['off', 'embedded'])
})

test('an empty value counts as absent', () => {
  expect(readTurnSettings({ HOST: '', DUET_TURN_PORT: '', DUET_TURN_SECRET: ' ' })).toMatchObject({
    isSecretRandom: true,
    options: { port: 3478 },
  })
})

describe('a one-line error names', () => {
  test.each([
    ['DUET_TURN', 'on'],
    ['DUET_TURN_PORT', 'http'],
    ['DUET_TURN_PORT', '65536'],
    ['DUET_TURN_PORT', '-1'],
    ['DUET_TURN_RELAY_PORTS', '50000'],
    ['DUET_TURN_RELAY_PORTS', '50000-40000'],
    ['DUET_TURN_RELAY_PORTS', '0-9'],
    ['DUET_TURN_RELAY_PORTS', '1-2-3'],
    ['DUET_TURN_EXTERNAL_IP', 'example.org'],
    ['DUET_TURN_EXTERNAL_IP', '1.2.3.4/::1'],
    ['DUET_TURN_REALM', 'a"b'],
    ['DUET_TURN_SECRET', 'a,,b'],
    ['DUET_TURN_SECRET', 'short'],
    ['DUET_TURN_SECRET', 'x'.repeat(32)],
    ['DUET_TURN_SECRET', 'a secret of this test,short'],
    ['DUET_TURN_SECRET', 'abababababababab'],
    ['DUET_TURN_URLS', 'https://example.org'],
    ['DUET_TURN_ALLOW_PRIVATE_PEERS', 'maybe'],
    ['DUET_TURN_ALLOW_PEERS', '10.0.0.0/33'],
    ['DUET_TURN_DENY_PEERS', 'everybody'],
    ['DUET_TURN_QUOTA_USER', '0'],
    ['DUET_TURN_QUOTA_BYTES', '-1'],
    ['DUET_TURN_QUOTA_RESERVED', '101'],
    ['DUET_TURN_QUOTA_GUEST', '0'],
    ['DUET_TURN_QUOTA_TOTAL_BYTES', '1e9'],
    ['DUET_TURN_USERS', 'anna'],
    ['DUET_TURN_USERS', 'anna:'],
    ['DUET_TURN_USERS', ':x'],
    ['DUET_TURN_USERS', 'a:1,a:2'],
    ['DUET_TURN_STRICT_EXPIRY', 'very'],
    ['DUET_TURN_SECRTE', 'x'],
    ['DUET_TURN_', 'x'],
    ['DUET_TURNS', 'x'],
  ])('%s=%s', (name, value) => {
    expect(() => readTurnSettings({ [name]: value })).toThrow(new RegExp(`^(Unknown setting )?${name}\\b[^\n]*$`))
  })

  test('the variable of a weak secret and a command for a strong one, without the secret', () => {
    for (const weak of ['hush', 'hush'.repeat(4), 'h'.repeat(40)]) {
      expect(() => readTurnSettings({ DUET_TURN_SECRET: `a secret of this test,${weak}` })).toThrow(
        /^DUET_TURN_SECRET: (?!.*(hush|hhh)).*openssl rand -base64 32$/,
      )
    }
  })

  test('the variable of a secret without quoting the secret', () => {
    expect(() => readTurnSettings({ DUET_TURN_SECRET: 'hush,,hush' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hush') }),
    )
  })
})
