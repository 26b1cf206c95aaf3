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

describe('RelayAddresses.choose returns', () => {
  test.each([
    ['the address that the client used', '10.1.0.2', '', '10.1.0.2', '10.1.0.2'],
    ['another address for a client on loopback', '127.0.0.1', '', '10.0.0.2', '10.0.0.2'],
    ['an IPv4 address for a client on IPv6', 'fd00::2', '', '10.0.0.2', '10.0.0.2'],
    ['a local address with the external IP advertised', '10.0.0.2', '203.0.113.5', '10.0.0.2', '203.0.113.5'],
    ['the same local address for a single external IP', '10.1.0.2', '203.0.113.5', '10.0.0.2', '203.0.113.5'],
    [
      'the pair of the address that the client used',
      '10.1.0.2',
      '203.0.113.5/10.0.0.2,203.0.113.6/10.1.0.2',
      '10.1.0.2',
      '203.0.113.6',
    ],
    ['a pair for a client on loopback', '127.0.0.1', '203.0.113.6/10.1.0.2', '10.1.0.2', '203.0.113.6'],
    ['an external IP that is loopback', '127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['a loopback external IP for a client on another address', '10.0.0.2', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['an external IP of another interface', '10.0.0.2', '10.1.0.2', '10.1.0.2', '10.1.0.2'],
    ['the public address of a pair if this machine has it', '10.0.0.2', '10.1.0.2/10.0.0.2', '10.1.0.2', '10.1.0.2'],
    ['an unlisted external IP that the client used', '127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.2'],
    [
      'an external IP that the client used and that is in no pair',
      '10.1.0.2',
      '10.1.0.2/10.0.0.2',
      '10.1.0.2',
      '10.1.0.2',
    ],
    ['a local address if the public address is on lo', '10.0.0.2', '198.51.100.9/10.0.0.2', '10.0.0.2', '198.51.100.9'],
    ['the local address if the external IP has another family', '10.0.0.2', '2001:db8::5', '10.0.0.2', '10.0.0.2'],
  ])('%s', (_, asked, external, local, advertised) => {
    expect(choose(asked, external)).toEqual({ local, advertised })
  })

  test('loopback without another address', () => {
    expect(choose('127.0.0.1', '', machine.slice(0, 2))).toEqual({ local: '127.0.0.1', advertised: '127.0.0.1' })
  })

  test.each([
    ['::1', '::1'],
    ['fd00::2', '::1'],
    ['fd00::2', 'fd00::2'],
    ['::1', 'fd00::2/::1'],
  ])('for an IPv6 client of %s the local external IP %s', (asked, external) => {
    const [itself] = external.split('/')
    expect(new RelayAddresses(parseExternalIps(external), () => machine).choose(asked, 6)).toEqual({
      local: itself,
      advertised: itself,
    })
  })

  test('undefined without an address of the family', () => {
    expect(choose('::1', '', [{ ip: '::1', isLoopback: true }])).toBeUndefined()
  })

  test('an IPv6 address for the IPv6 family', () => {
    expect(new RelayAddresses([], () => machine).choose('127.0.0.1', 6)).toEqual({
      local: 'fd00::2',
      advertised: 'fd00::2',
    })
  })
})

test('refresh finds an address that was added later', () => {
  let local = machine.slice(0, 2)
  const addresses = new RelayAddresses([], () => local)
  local = machine
  expect([addresses.isOwnAddress('10.0.0.2'), addresses.choose('127.0.0.1', 4)?.local]).toEqual([false, '127.0.0.1'])
  addresses.refresh()
  expect([addresses.isOwnAddress('10.0.0.2'), addresses.choose('127.0.0.1', 4)?.local]).toEqual([true, '10.0.0.2'])
})

test.each(['', 'example.org', '1.2.3.4/', '1.2.3.4/5.6.7.8/9', '1.2.3.4/::1', '1.2.3.4,'])(
  'parseExternalIps rejects %j, and the error quotes it',
  (text) => {
    expect(() => parseExternalIps(text)).toThrow(/^"/)
  },
)
