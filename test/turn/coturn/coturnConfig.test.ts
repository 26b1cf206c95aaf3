import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PeerPolicy } from '../../../turn/core/peerPolicy.ts'
import { createCoturnConfig } from '../../../turn/coturn/config.ts'
import { isInRange, type IpRange } from '../../../turn/coturn/ranges.ts'
import { createSetupSteps } from '../../../turn/coturn/steps.ts'
import { checkUrl, readTurnSettings } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/common/localAddresses.ts'
import { familyOf, parseIp } from '../../../turn/stun/ip.ts'
import { needs } from '../../needs.ts'
import { freePort, startCoturn } from '../contract/coturnServer.ts'
import { allocate, connectTo, createCredentials, secret } from '../turnFixture.ts'

const wish = (env: Record<string, string> = {}, more = {}) => ({
  settings: readTurnSettings({ DUET_TURN_SECRET: secret, ...env }),
  addresses: [],
  logFile: '/var/log/turnserver/turnserver.log',
  ...more,
})
const linesOf = (env: Record<string, string> = {}, more = {}) => createCoturnConfig(wish(env, more)).split('\n')

describe('createCoturnConfig', () => {
  test('prints the credentials, ports, addresses and quotas of the settings', () => {
    const lines = linesOf(
      {
        DUET_TURN_SECRET: 'new secret of this test,old secret of this test',
        DUET_TURN_REALM: 'example.org',
        DUET_TURN_RELAY_PORTS: '50000-50100',
        DUET_TURN_EXTERNAL_IP: '203.0.113.5/10.0.0.2',
        DUET_TURN_PORT: '3479',
      },
      { tls: { cert: '/c.pem', key: '/k.pem' } },
    )
    expect(lines).toEqual(
      expect.arrayContaining([
        'use-auth-secret',
        'static-auth-secret=new secret of this test',
        'static-auth-secret=old secret of this test',
        'realm=example.org',
        'min-port=50000',
        'max-port=50100',
        'listening-port=3479',
        'external-ip=203.0.113.5/10.0.0.2',
        'fingerprint',
        'tls-listening-port=5349',
        'cert=/c.pem',
        'pkey=/k.pem',
        'no-multicast-peers',
        'no-tcp-relay',
        'user-quota=64',
        'total-quota=16384',
        'max-bps=12500000',
        'log-file=/var/log/turnserver/turnserver.log',
      ]),
    )
  })

  test('prints listed users without a secret, and never a random secret', () => {
    const lines = linesOf({ DUET_TURN_SECRET: '', DUET_TURN_USERS: 'anna:north' })
    expect(lines).toEqual(expect.arrayContaining(['lt-cred-mech', 'user=anna:north', 'no-tls']))
    expect(lines.join()).not.toContain('auth-secret')
  })

  test('prints the setup steps: unit, firewall, and Duet settings', () => {
    const steps = createSetupSteps(
      wish({ DUET_TURN_REALM: 'turn.example.net' }, { tls: { cert: '/c.pem', key: '/k.pem' } }),
    )
    expect(steps.split('\n').every((line) => line === '' || line.startsWith('#'))).toBe(true)
    for (const word of [
      'TURNSERVER_ENABLED=1',
      'systemctl enable coturn',
      'udp dport { 3478, 49152-65535 }',
      'tcp dport { 3478, 5349 }',
      'ufw allow 49152:65535/udp',
      'ufw allow 5349/tcp',
      `DUET_TURN_SECRET=${secret}`,
      'DUET_TURN_URLS=turn:turn.example.net:3478?transport=udp,turn:turn.example.net:3478?transport=tcp,turns:turn.example.net:5349?transport=tcp',
    ])
      expect(steps).toContain(word)
  })

  test('grants the coturn service ports below 1024', () => {
    expect(createSetupSteps(wish({ DUET_TURN_PORT: '443' }))).toContain('CAP_NET_BIND_SERVICE')
    expect(createSetupSteps(wish())).not.toContain('CAP_NET_BIND_SERVICE')
  })
})

describe('the peer policy in turnserver.conf', () => {
  const numberOf = (ip: string): bigint => BigInt(`0x${Buffer.from(parseIp(ip)).toString('hex')}`)

  /** Evaluates the rules like coturn: allowed ranges override denied ones. */
  const judgeOf = (lines: string[]) => {
    const ranges = (name: string): IpRange[] =>
      lines
        .filter((line) => line.startsWith(`${name}=`))
        .map((line) => {
          const [first, last = first] = line.slice(name.length + 1).split('-')
          return { family: familyOf(first!), first: numberOf(first!), last: numberOf(last!) }
        })
    const [allowed, denied] = [ranges('allowed-peer-ip'), ranges('denied-peer-ip')]
    return (ip: string) =>
      allowed.some((range) => isInRange(range, ip)) || !denied.some((range) => isInRange(range, ip)) ? 'open' : 'closed'
  }
  const edges = [
    '0.0.0.0',
    '9.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '11.0.0.0',
    '100.64.0.0',
    '127.0.0.1',
    '169.254.169.254',
    '172.15.255.255',
    '172.16.0.0',
    '192.168.1.1',
    '198.17.255.255',
    '198.18.0.0',
    '198.20.0.0',
    '223.255.255.255',
    '224.0.0.1',
    '255.255.255.255',
    '8.8.8.8',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '1fff::1',
    '2000::1',
    '2001:1ff::1',
    '2001:200::1',
    '2001:db8::1',
    '2600::1',
    '3fff::1',
    '3fff:1000::1',
    '4000::1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
  ]
  const bytes = (length: number) => fc.array(fc.nat(255), { minLength: length, maxLength: length })
  const anyIp = fc.oneof(
    fc.constantFrom(...edges),
    bytes(4).map((four) => four.join('.')),
    bytes(16).map((all) => Buffer.from(all).toString('hex').match(/.{4}/g)!.join(':')),
  )

  test.each<[string, Record<string, string>]>([
    ['with defaults', {}],
    ['with private peers', { DUET_TURN_ALLOW_PRIVATE_PEERS: 'true' }],
    [
      'with overlapping lists',
      {
        DUET_TURN_ALLOW_PEERS: '10.0.0.0/8,2001:db8::/32',
        DUET_TURN_DENY_PEERS: '10.1.0.0/16,8.8.8.8,2001:db8:1::/48',
      },
    ],
  ])('has the verdict of PeerPolicy for every address, %s', (_, env) => {
    const { options } = readTurnSettings(env)
    const ours = new PeerPolicy({ ...options, isOwnAddress: () => false, isRelayAddress: () => false })
    const theirs = judgeOf(linesOf(env))
    // In coturn, ranges that embed IPv4 are denied as a whole.
    const carried = /^2002:/
    fc.assert(
      fc.property(anyIp, (ip) => {
        if (ip === '::' || ip === '0.0.0.0') return
        if (!carried.test(ip) && !/^(::ffff:|64:ff9b::)/.test(ip))
          expect([ip, theirs(ip)]).toEqual([ip, ours.judge(ip)])
        else expect([ip, theirs(ip)]).toEqual([ip, 'closed'])
      }),
      { numRuns: 3000 },
    )
  })

  test('lets two relayed clients connect at a private address, unless it is denied', () => {
    const addresses = ['10.0.0.2', '8.8.4.4']
    expect(judgeOf(linesOf({}, { addresses }))('10.0.0.2')).toBe('open')
    expect(judgeOf(linesOf({}, { addresses }))('10.0.0.3')).toBe('closed')
    expect(judgeOf(linesOf({ DUET_TURN_DENY_PEERS: '10.0.0.0/8' }, { addresses }))('10.0.0.2')).toBe('closed')
  })

  test.each([
    [{}, false],
    [{ DUET_TURN_ALLOW_PEERS: '10.0.0.0/8' }, false],
    [{ DUET_TURN_ALLOW_PEERS: '127.0.0.1' }, true],
    [{ DUET_TURN_ALLOW_PEERS: '::1' }, true],
  ])('sets allow-loopback-peers if %o allows a part of loopback', (env, isOpen) =>
    expect(linesOf(env).includes('allow-loopback-peers')).toBe(isOpen),
  )
})

describe('Debian’s coturn with this configuration', () => {
  const test = needs('coturn')
  const own = localAddresses().find(({ ip, isLoopback }) => !isLoopback && !ip.includes(':'))?.ip ?? '127.0.0.1'
  const own6 = localAddresses().find(({ ip, isLoopback }) => !isLoopback && ip.includes(':'))?.ip

  test('accepts the same credentials and denies the same peers as Duet', async () => {
    const port = await startHere()
    for (const transport of ['udp', 'tcp'] as const) {
      expect(await checkUrl(`turn:${own}:${port}?transport=${transport}`, createCredentials())).toMatchObject({
        ok: true,
      })
    }
    expect(
      (await checkUrl(`turn:${own}:${port}`, { ...createCredentials(), credential: 'guess' })).failed,
    ).toMatchObject({ name: 'allocate' })
    const { client } = await connectTo(own, port)
    await allocate(client)
    for (const ip of [
      '127.0.0.1',
      '0.0.0.0',
      '10.0.0.1',
      '169.254.169.254',
      '192.168.0.1',
      '224.0.0.1',
      '100.64.0.1',
    ]) {
      await expect(client.request('createPermission', [['xorPeerAddress', { ip, port: 9 }]]), ip).rejects.toMatchObject(
        { code: 403 },
      )
    }
    await client.request('createPermission', [['xorPeerAddress', { ip: '8.8.8.8', port: 9 }]])
  })

  if (own6)
    test('has the verdicts of Duet for IPv6 peers', async () => {
      const port = await startHere(own6)
      const { client } = await connectTo(own6, port)
      await client.request('allocate', [
        ['requestedTransport', 17],
        ['requestedAddressFamily', 2],
      ])
      const closed = [
        '::',
        '::1',
        '::ffff:10.0.0.0',
        '::ffff:8.8.8.8',
        '64:ff9b::',
        '64:ff9b::a00:1',
        '100::',
        '1fff:ffff::',
        '2001::',
        '2001:1ff::1',
        '2001:db8::',
        '2002:a00:1::',
        '3fff::',
        '4000::',
        'fc00::',
        'fdff::1',
        'fe80::1',
        'ff02::1',
      ]
      const open = ['2000::', '2001:200::1', '2600::', '2a00:1450::ff', own6]
      const permitted: string[] = []
      for (const ip of [...closed, ...open]) {
        await client.request('createPermission', [['xorPeerAddress', { ip, port: 9 }]]).then(
          () => permitted.push(ip),
          () => {},
        )
      }
      expect(permitted).toEqual(open)
    })

  /** Starts coturn on a free port of a local address. It stops when the test ends. */
  async function startHere(host = own): Promise<number> {
    const port = await freePort()
    const env = { HOST: host, DUET_TURN_PORT: `${port}`, DUET_TURN_RELAY_PORTS: '23000-23099', DUET_TURN_REALM: 'test' }
    onTestFinished(await startCoturn((logFile) => createCoturnConfig(wish(env, { logFile })), host, port))
    return port
  }
})
