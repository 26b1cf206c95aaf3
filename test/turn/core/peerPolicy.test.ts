import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { embeddedIpv4 } from '../../../turn/common/address.ts'
import { PeerPolicy, type PeerRules, type PeerVerdict } from '../../../turn/core/peerPolicy.ts'
import { invalidCidrs } from '../common/invalidCidrs.ts'

const policy = (rules: Partial<PeerRules> = {}): PeerPolicy =>
  new PeerPolicy({ isOwnAddress: () => false, isRelayAddress: () => false, ...rules })

describe('by default', () => {
  test.each<[ip: string, verdict: PeerVerdict, why: string]>([
    ['0.0.0.0', 'closed', 'CVE-2020-26262'],
    ['::', 'closed', 'CVE-2020-26262'],
    ['::1', 'closed', 'CVE-2020-26262'],
    ['127.0.0.1', 'closed', 'loopback'],
    ['127.255.255.254', 'closed', 'loopback'],
    ['::ffff:127.0.0.1', 'closed', 'CVE-2026-27624, mapped'],
    ['::127.0.0.1', 'closed', 'compatible'],
    ['::ffff:0:127.0.0.1', 'closed', 'translated'],
    ['64:ff9b::7f00:1', 'closed', 'NAT64'],
    ['64:ff9b:1::7f00:1', 'closed', 'local NAT64'],
    ['2002:7f00:1::', 'closed', '6to4'],
    ['2002:a9fe:a9fe::1', 'closed', '6to4 of the metadata service'],
    ['::ffff:10.1.2.3', 'closed', 'mapped private'],
    ['::ffff:8.8.8.8', 'open', 'mapped public'],
    ['64:ff9b::808:808', 'open', 'NAT64 public'],
    ['2002:808:808::1', 'open', '6to4 public'],
    ['2001:0:7f00:1::', 'closed', 'Teredo'],
    ['169.254.169.254', 'closed', 'metadata service'],
    ['fe80::1', 'closed', 'link-local'],
    ['fd00:ec2::254', 'closed', 'metadata service, IPv6'],
    ['10.0.0.1', 'closed', 'private'],
    ['172.16.0.1', 'closed', 'private'],
    ['172.31.255.255', 'closed', 'private'],
    ['172.15.255.255', 'open', 'just below'],
    ['172.32.0.0', 'open', 'just above'],
    ['192.168.1.1', 'closed', 'private'],
    ['100.64.0.1', 'closed', 'carrier-grade NAT'],
    ['100.63.255.255', 'open', 'just below'],
    ['100.128.0.0', 'open', 'just above'],
    ['192.0.0.8', 'closed', 'protocol assignments'],
    ['192.0.2.1', 'closed', 'documentation'],
    ['192.88.99.1', 'closed', '6to4 anycast'],
    ['198.18.0.1', 'closed', 'benchmarks'],
    ['198.19.255.255', 'closed', 'benchmarks'],
    ['198.51.100.1', 'closed', 'documentation'],
    ['203.0.113.1', 'closed', 'documentation'],
    ['224.0.0.1', 'closed', 'multicast'],
    ['239.255.255.250', 'closed', 'multicast'],
    ['240.0.0.1', 'closed', 'reserved'],
    ['255.255.255.255', 'closed', 'broadcast'],
    ['100::1', 'closed', 'discard only'],
    ['2001:db8::1', 'closed', 'documentation'],
    ['3fff::1', 'closed', 'documentation'],
    ['fc00::1', 'closed', 'unique local'],
    ['ff02::1', 'closed', 'multicast'],
    ['5f00::1', 'closed', 'segment routing'],
    ['8.8.8.8', 'open', 'public'],
    ['1.2.3.4', 'open', 'public'],
    ['2600::1', 'open', 'public'],
    ['2a00:1450::1', 'open', 'public'],
  ])('%s is %s: %s', (ip, verdict) => {
    expect(policy().judge(ip)).toBe(verdict)
  })

  test('every IPv6 spelling of a closed IPv4 address is closed', () => {
    const inner = fc.constantFrom('127.0.0.1', '10.9.8.7', '169.254.169.254', '192.168.0.1', '0.0.0.0', '224.0.0.9')
    fc.assert(
      fc.property(inner, fc.nat(3), (ip, way) => {
        expect(policy().judge(spellings(ip)[way]!)).toBe('closed')
      }),
    )
  })
})

describe('allowPrivatePeers', () => {
  test.each<[string, PeerVerdict]>([
    ['10.0.0.1', 'open'],
    ['192.168.1.1', 'open'],
    ['172.16.0.1', 'open'],
    ['100.64.0.1', 'open'],
    ['fd12::1', 'open'],
    ['::ffff:10.0.0.1', 'open'],
    ['127.0.0.1', 'closed'],
    ['169.254.169.254', 'closed'],
    ['::1', 'closed'],
    ['fe80::1', 'closed'],
    ['0.0.0.0', 'closed'],
  ])('makes %s %s', (ip, verdict) => {
    expect(policy({ allowPrivatePeers: true }).judge(ip)).toBe(verdict)
  })
})

describe('a cloud service for virtual machines', () => {
  const services = [
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '64:ff9b::a83f:8110',
    '2002:a83f:8110::1',
    '161.26.0.10',
    '166.9.12.1',
    '100.100.100.200',
    '100.96.0.96',
    '192.0.0.192',
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '169.254.42.42',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
    'fd00:a9fe:a9fe::1',
    'fd00:100::100:200',
    'fe80::a9fe:a9fe',
  ]

  test.each(services)('%s is closed, even with allowPrivatePeers', (ip) => {
    expect([false, true].map((allowPrivatePeers) => policy({ allowPrivatePeers }).judge(ip))).toEqual([
      'closed',
      'closed',
    ])
  })

  test('is opened by allowPeers', () => {
    expect(policy({ allowPeers: ['168.63.129.16', 'fd00:ec2::/32'] }).judge('168.63.129.16')).toBe('open')
    expect(policy({ allowPeers: ['fd00:ec2::/32'], allowPrivatePeers: true }).judge('fd00:ec2::254')).toBe('open')
  })

  test('does not close neighbouring addresses', () => {
    expect(
      ['168.63.129.17', '100.100.100.201', 'fd00:42::43'].map((ip) => policy({ allowPrivatePeers: true }).judge(ip)),
    ).toEqual(['open', 'open', 'open'])
  })
})

describe('addresses of this machine', () => {
  const own = policy({
    isOwnAddress: (ip) => ip === '8.8.4.4' || ip === '8.8.8.8',
    isRelayAddress: (ip) => ip === '8.8.8.8',
  })
  test('open only relay ports at a relay address', () => expect(own.judge('8.8.8.8')).toBe('relays'))
  test('are recognised as IPv4-mapped IPv6', () => expect(own.judge('::ffff:8.8.8.8')).toBe('relays'))
  test('are closed without relays, even public ones', () => expect(own.judge('8.8.4.4')).toBe('closed'))
})

describe('configured lists', () => {
  test('an allowed range is open', () =>
    expect(policy({ allowPeers: ['127.0.0.1/32'] }).judge('127.0.0.1')).toBe('open'))
  test('its neighbour is not', () => expect(policy({ allowPeers: ['127.0.0.1/32'] }).judge('127.0.0.2')).toBe('closed'))
  test('a denied range is closed', () => expect(policy({ denyPeers: ['8.8.8.0/24'] }).judge('8.8.8.8')).toBe('closed'))
  test('a denied range is closed in any spelling', () =>
    expect(policy({ denyPeers: ['8.8.8.0/24'] }).judge('64:ff9b::808:808')).toBe('closed'))
  test('a denied range overrides an allowed one', () =>
    expect(policy({ allowPeers: ['8.0.0.0/8'], denyPeers: ['8.8.8.8'] }).judge('8.8.8.8')).toBe('closed'))
  test('IPv6 ranges are compared by bits, not as text', () => {
    const denied = policy({ denyPeers: ['2600:9::/32'] })
    expect(['2600:9::1', '2600:9:ffff::', '2600:10::1', '2600:a::1'].map((ip) => denied.judge(ip))).toEqual([
      'closed',
      'closed',
      'open',
      'open',
    ])
  })
  test.each(invalidCidrs)('%j is rejected, and the error quotes it', (cidr) => {
    expect(() => policy({ denyPeers: [cidr] })).toThrow(JSON.stringify(cidr))
  })
})

test('embeddedIpv4 returns undefined for other addresses', () => {
  expect(['1.2.3.4', '2600::1', '64:ff9c::1'].map(embeddedIpv4)).toEqual([undefined, undefined, undefined])
})

const spellings = (ip: string): string[] => {
  const [a, b, c, d] = ip.split('.').map(Number) as [number, number, number, number]
  const words = [(a << 8) | b, (c << 8) | d].map((word) => word.toString(16))
  return [`::ffff:${ip}`, `::${words.join(':')}`, `64:ff9b::${words.join(':')}`, `2002:${words.join(':')}::1`]
}

test('::1 is not IPv4-compatible, so allowPeers can open it', () => {
  expect([
    embeddedIpv4('::1'),
    policy({ allowPeers: ['::1'] }).judge('::1'),
    policy({ allowPeers: ['0.0.0.1'] }).judge('::1'),
  ]).toEqual([undefined, 'open', 'closed'])
})
