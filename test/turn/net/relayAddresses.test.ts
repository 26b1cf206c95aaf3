import { describe, expect, test } from 'vitest'
import { RelayAddresses } from '../../../turn/net/relayAddresses.ts'
import { parseExternalIps } from '../../../turn/net/externalIp.ts'

const machine = [
  { ip: '127.0.0.1', isLoopback: true },
  { ip: '::1', isLoopback: true },
  { ip: '198.51.100.9', isLoopback: true },
  { ip: '10.0.0.2', isLoopback: false },
  { ip: 'fd00::2', isLoopback: false },
  { ip: '10.1.0.2', isLoopback: false },
]
const choose = (asked: string, external = '', local = machine) =>
  new RelayAddresses(external ? parseExternalIps(external) : [], () => local).choose(asked, 4)

describe('a relay is bound', () => {
  test.each([
    ['where the client asked', '10.1.0.2', '', '10.1.0.2', '10.1.0.2'],
    ['elsewhere for who asks on loopback', '127.0.0.1', '', '10.0.0.2', '10.0.0.2'],
    ['elsewhere for who asks over IPv6', 'fd00::2', '', '10.0.0.2', '10.0.0.2'],
    ['inside and named outside', '10.0.0.2', '203.0.113.5', '10.0.0.2', '203.0.113.5'],
    ['at one address for one outer name', '10.1.0.2', '203.0.113.5', '10.0.0.2', '203.0.113.5'],
    [
      'at the pair of the address that was asked',
      '10.1.0.2',
      '203.0.113.5/10.0.0.2,203.0.113.6/10.1.0.2',
      '10.1.0.2',
      '203.0.113.6',
    ],
    ['at a pair for who asks on loopback', '127.0.0.1', '203.0.113.6/10.1.0.2', '10.1.0.2', '203.0.113.6'],
    ['at an external address that is loopback', '127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['there for who asks elsewhere', '10.0.0.2', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['at an external address of another interface', '10.0.0.2', '10.1.0.2', '10.1.0.2', '10.1.0.2'],
    ['at the public address of a pair that this machine has', '10.0.0.2', '10.1.0.2/10.0.0.2', '10.1.0.2', '10.1.0.2'],
    ['at an external address that the client asked, listed or not', '127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.2'],
    [
      'at an external address that the client asked, which has no part in any pair',
      '10.1.0.2',
      '10.1.0.2/10.0.0.2',
      '10.1.0.2',
      '10.1.0.2',
    ],
    [
      'inside, where the public address is on lo so that packets to it turn round',
      '10.0.0.2',
      '198.51.100.9/10.0.0.2',
      '10.0.0.2',
      '198.51.100.9',
    ],
    ['as if nothing were set for the other family', '10.0.0.2', '2001:db8::5', '10.0.0.2', '10.0.0.2'],
  ])('%s', (_, asked, external, local, advertised) => {
    expect(choose(asked, external)).toEqual({ local, advertised })
  })

  test('on loopback when there is nothing else', () => {
    expect(choose('127.0.0.1', '', machine.slice(0, 2))).toEqual({ local: '127.0.0.1', advertised: '127.0.0.1' })
  })

  test.each([
    ['::1', '::1'],
    ['fd00::2', '::1'],
    ['fd00::2', 'fd00::2'],
    ['::1', 'fd00::2/::1'],
  ])('over IPv6 asked at %s, at the external address %s that is local', (asked, external) => {
    const [itself] = external.split('/')
    expect(new RelayAddresses(parseExternalIps(external), () => machine).choose(asked, 6)).toEqual({
      local: itself,
      advertised: itself,
    })
  })

  test('nowhere without an address of its family', () => {
    expect(choose('::1', '', [{ ip: '::1', isLoopback: true }])).toBeUndefined()
  })

  test('at IPv6 when that is asked for', () => {
    expect(new RelayAddresses([], () => machine).choose('127.0.0.1', 6)).toEqual({
      local: 'fd00::2',
      advertised: 'fd00::2',
    })
  })
})

test('an address that the machine gets later is found after a refresh', () => {
  let local = machine.slice(0, 2)
  const addresses = new RelayAddresses([], () => local)
  local = machine
  expect([addresses.isOwnAddress('10.0.0.2'), addresses.choose('127.0.0.1', 4)?.local]).toEqual([false, '127.0.0.1'])
  addresses.refresh()
  expect([addresses.isOwnAddress('10.0.0.2'), addresses.choose('127.0.0.1', 4)?.local]).toEqual([true, '10.0.0.2'])
})

test.each(['', 'example.org', '1.2.3.4/', '1.2.3.4/5.6.7.8/9', '1.2.3.4/::1', '1.2.3.4,'])(
  '%j is no external IP, and the error quotes it',
  (text) => {
    expect(() => parseExternalIps(text)).toThrow(/^"/)
  },
)
