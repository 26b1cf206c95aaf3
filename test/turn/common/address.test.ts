import { BlockList, isIPv4 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as pages from '../../../machines/protocol/address.ts'
import {
  AddressSet,
  isLinkLocalIp,
  isLoopbackHost,
  isLoopbackIp,
  isLoopbackName,
  isNonPublicIp,
  networkKey,
  parseCidr,
  urlHost,
} from '../../../turn/common/address.ts'
import { linkLocalRanges, loopbackRanges, privateRanges } from '../../../turn/common/addressRanges.ts'
import { canonicalIp, formatIp, parseIp, parseIpv4 } from '../../../turn/stun/ip.ts'
import { invalidCidrs } from './invalidCidrs.ts'

const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatIp)
const ip6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatIp)

describe('AddressSet', () => {
  test.each<[cidr: string, ip: string, isIn: boolean]>([
    ['::/0', '192.0.2.1', false],
    ['::/0', '::ffff:192.0.2.1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '::1', true],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '::ffff:192.0.2.1', true],
    ['0.0.0.0/0', '::ffff:c000:201', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::FFFF:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['::ffff:0:0/96', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['2001:DB8::/32', '2001:db8:0::9', true],
    ['0.0.0.0/0', '', false],
    ['0.0.0.0/0', 'unknown', false],
    ['::/0', 'localhost', false],
  ])('of %s has %s: %s', (cidr, ip, isIn) => {
    expect(new AddressSet([cidr]).has(ip)).toBe(isIn)
  })

  test('without CIDRs is empty', () => {
    expect(['127.0.0.1', '::1'].some((ip) => new AddressSet([]).has(ip))).toBe(false)
  })

  test('agrees with node:net about every IPv4 range and address', () => {
    const bits = fc.integer({ min: 0, max: 32 })
    // The edges of a range, and any address.
    const nearby = fc.tuple(fc.nat(2), fc.integer({ min: 0, max: 0xffffffff }))
    fc.assert(
      fc.property(ip4, bits, nearby, (start, prefix, [place, random]) => {
        const list = new BlockList()
        list.addSubnet(start, prefix, 'ipv4')
        const size = 2 ** (32 - prefix)
        const first = Math.floor(parseIpv4(start)! / size) * size
        const address = [first + (random % 3) - 1, first + size + (random % 3) - 2, random][place]!
        fc.pre(address >= 0 && address <= 0xffffffff)
        const ip = formatIp(Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address))
        expect(new AddressSet([`${start}/${prefix}`]).has(ip)).toBe(list.check(ip, 'ipv4'))
      }),
      { numRuns: 2000 },
    )
  })

  test.each(invalidCidrs)('rejects %j, and the error quotes it', (text) => {
    expect(() => parseCidr(text)).toThrow(JSON.stringify(text))
  })
})

test.each<[ip: string, isLoopback: boolean, isLinkLocal: boolean, isNearby: boolean]>([
  ['127.0.0.1', true, false, true],
  ['127.255.255.254', true, false, true],
  ['::1', true, false, true],
  ['::ffff:127.0.0.1', true, false, true],
  ['::ffff:7f00:1', true, false, true],
  ['0:0:0:0:0:0:0:1', true, false, true],
  ['10.0.0.1', false, false, true],
  ['100.64.0.1', false, false, true],
  ['100.127.255.255', false, false, true],
  ['100.128.0.0', false, false, false],
  ['172.16.0.1', false, false, true],
  ['172.32.0.0', false, false, false],
  ['192.168.1.1', false, false, true],
  ['fd00::1', false, false, true],
  ['fe00::1', false, false, false],
  ['169.254.169.254', false, true, true],
  ['fe80::1', false, true, true],
  ['fe80::1%eth0', false, true, true],
  ['febf::1', false, true, true],
  ['fec0::1', false, false, false],
  ['8.8.8.8', false, false, false],
  ['128.0.0.1', false, false, false],
  ['::2', false, false, false],
  ['2600::1', false, false, false],
  ['127.example', false, false, false],
  ['', false, false, false],
])('%s: isLoopbackIp %s, isLinkLocalIp %s, isNonPublicIp %s', (ip, isLoopback, isLinkLocal, isNearby) => {
  expect([isLoopbackIp(ip), isLinkLocalIp(ip), isNonPublicIp(ip)]).toEqual([isLoopback, isLinkLocal, isNearby])
})

test.each([
  'localhost',
  'LOCALHOST',
  'localhost.',
  'x.localhost',
  'a.b.localhost',
  '127.0.0.1',
  '127.9.9.9',
  '::1',
  '[::1]',
  '[::ffff:7f00:1]',
])('isLoopbackHost accepts %s', (host) => {
  expect(isLoopbackHost(host)).toBe(true)
})

test.each([
  'localhost.example',
  'notlocalhost',
  '.localhost',
  '127.0.0.1.example',
  '127.example',
  '192.0.2.1',
  '[::2]',
  '',
])('isLoopbackHost rejects %j', (host) => {
  expect(isLoopbackHost(host)).toBe(false)
})

test('isLoopbackName rejects addresses', () => {
  expect([isLoopbackName('127.0.0.1'), isLoopbackName('::1')]).toEqual([false, false])
})

test.each([
  ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:0DB8::', '2001:db8::/64', '2001:db8::/48'],
  ['::1', '::/64', '::/48'],
  ['fe80::1%eth0', 'fe80::/64', 'fe80::/48'],
  ['unknown', 'unknown', 'unknown'],
  ['', '', ''],
])('networkKey of %s is %s, and %s for a /48', (ip, by64, by48) => {
  expect([networkKey(ip), networkKey(ip, 64), networkKey(ip, 48)]).toEqual([by64, by64, by48])
})

test('two IPv6 addresses share a networkKey if and only if their first 64 or 48 bits are equal', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.nat(15),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(48 as const, 64 as const),
      (bytes, at, flip, bits) => {
        const other = bytes.map((byte, i) => (i === at ? byte ^ flip : byte))
        const [a, b] = [formatIp(bytes), formatIp(other)]
        fc.pre(!canonicalIp(a).includes('.') && !canonicalIp(b).includes('.'))
        expect(networkKey(a, bits) === networkKey(b, bits)).toBe(at >= bits / 8)
      },
    ),
  )
})

test('parseIpv4 accepts the texts that node:net accepts, and returns their bytes', () => {
  const part = fc.oneof(
    fc.nat(300).map(String),
    fc.constantFrom('', '0', '00', '01', '1e1', '-1', ' 1', '+1', '\u0661', '0x1'),
  )
  const text = fc.oneof(
    ip4,
    ip6,
    fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
    fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '6', '.', ':', '%'), maxLength: 16 }),
  )
  fc.assert(
    fc.property(text, (text) => {
      const address = parseIpv4(text)
      expect([text, address !== undefined]).toEqual([text, isIPv4(text)])
      if (address === undefined) return
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(address)
      expect([...bytes]).toEqual(text.split('.').map(Number))
      expect([...parseIp(text)]).toEqual([...bytes])
    }),
    { numRuns: 5000 },
  )
})

test('every spelling of an IPv4-mapped address is treated as its IPv4 address', () => {
  fc.assert(
    fc.property(ip4, (ip) => {
      const words = ip.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
      const spellings = [
        `::ffff:${ip}`,
        `::FFFF:${ip}`,
        `::ffff:${words[0]}${words[1]}:${words[2]}${words[3]}`,
        `0:0:0:0:0:ffff:${ip}`,
      ]
      expect(spellings.map(canonicalIp)).toEqual(spellings.map(() => ip))
    }),
  )
})

test('pages and the server have the same ranges', () => {
  expect(pages.loopbackRanges).toEqual(loopbackRanges)
  expect(pages.privateRanges).toEqual([...privateRanges, ...linkLocalRanges])
})

test('pages and the server classify addresses equally', () => {
  const edges = fc.constantFrom(
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.0.1',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.0.1',
    '169.254.1.1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'febf::1',
    'fec0::1',
    '::ffff:a00:1',
  )
  fc.assert(
    fc.property(fc.oneof(ip4, ip6, edges), (ip) => {
      expect([ip, pages.isPrivate(urlHost(ip)), pages.isLoopback(urlHost(ip))]).toEqual([
        ip,
        isNonPublicIp(ip),
        isLoopbackHost(ip),
      ])
    }),
    { numRuns: 2000 },
  )
  for (const name of [
    'localhost',
    'x.localhost',
    '127.example.org',
    '10.example.org',
    'fd.example.org',
    'fe80.example',
    'localhost.example',
    'localhost.',
  ]) {
    expect([name, pages.isPrivate(name), pages.isLoopback(name)]).toEqual([
      name,
      isLoopbackHost(name),
      isLoopbackHost(name),
    ])
  }
})
