import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAllowedCandidate, parseIceUfrag } from '../../../machines/protocol/iceCandidate.ts'

const withHost = (host: string): string => `candidate:1 1 udp 2122252543 ${host} 50000 typ host generation 0 ufrag nxlS`

/** Gathered by Chromium 156 and Firefox ESR 153, with and without permission for the camera, with STUN and TURN. */
const gathered = [
  'candidate:3784325298 1 udp 2122194687 192.0.2.2 57018 typ host generation 0 ufrag hYR5 network-id 1',
  'candidate:720828754 1 udp 2122265343 fd00::2 45730 typ host generation 0 ufrag hYR5 network-id 2',
  'candidate:523955238 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0 ufrag hYR5 network-id 1',
  'candidate:3562810822 1 tcp 1518285567 fd00::2 9 typ host tcptype active generation 0 ufrag hYR5 network-id 2',
  'candidate:842163049 1 udp 1677729535 203.0.113.5 40678 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag hYR5 network-cost 999',
  'candidate:3498147564 1 udp 33562367 192.0.2.2 49170 typ relay raddr 203.0.113.5 rport 40678 generation 0 ufrag hYR5 network-id 1',
  'candidate:2999745851 1 udp 2122260223 0b2d3c4d-5e6f-4a1b-8c9d-0e1f2a3b4c5d.local 54321 typ host generation 0 ufrag hYR5 network-cost 999',
  'candidate:0 1 UDP 2122187007 1cf82f98-5402-42b3-91c9-e4769caba034.local 43130 typ host',
  'candidate:3 1 TCP 2105524479 678a0254-bcd2-4a2b-9d80-bf9253b16ac8.local 9 typ host tcptype active',
  'candidate:2 2 TCP 2105458942 5d7ec2f6-fcaa-4dd5-917a-c1e97b2556d9.local 9 typ host tcptype active',
  'candidate:4 1 UDP 1685987327 203.0.113.5 40678 typ srflx raddr 0.0.0.0 rport 0',
  'candidate:6 1 UDP 92217086 192.0.2.2 49170 typ relay raddr 192.0.2.2 rport 49170',
]

describe('isAllowedCandidate accepts', () => {
  test.each(gathered)('%s', (line) => {
    expect(isAllowedCandidate(line)).toBe(true)
  })

  test('any IP address as host', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6()).filter((host) => !isNowhere(host)),
        (host) => {
          expect(isAllowedCandidate(withHost(host))).toBe(true)
        },
      ),
    )
  })
})

describe('isAllowedCandidate rejects', () => {
  test.each([
    'example.org',
    'evil.example.local',
    'localhost',
    'a.local.example.org',
    '192.0.2.2.example.org',
    '',
    '0.0.0.0',
    '::',
    '::0',
    '0:0:0:0:0:0:0:0',
    '0::0',
    '::0.0.0.0',
    '::ffff:0.0.0.0',
    '999.1.1.1',
    '1.2.3',
    '192.0.2.2:80',
    '[::1]',
    'fe80::1%eth0',
    'dead.beef:cafe',
    ':',
    'xn--local',
    '.local',
    'ﬁ.local',
  ])('the host %j', (host) => {
    expect(isAllowedCandidate(withHost(host))).toBe(false)
  })

  test.each([
    ['a line that is not a candidate', 'v=0'],
    ['a candidate without its label', '1 1 udp 2122252543 192.0.2.2 50000 typ host'],
    ['an unknown transport', 'candidate:1 1 sctp 2122252543 192.0.2.2 50000 typ host'],
    ['a candidate without a type', 'candidate:1 1 udp 2122252543 192.0.2.2 50000'],
    ['a port that is not a number', 'candidate:1 1 udp 2122252543 192.0.2.2 http typ host'],
    ['a second line within the candidate', 'candidate:1 1 udp 2122252543 192.0.2.2\r\na=x 50000 typ host'],
  ])('%s', (_, line) => {
    expect(isAllowedCandidate(line)).toBe(false)
  })

  test('every host except an IP address or an mDNS name', () => {
    const hostLike = fc.string({ unit: fc.constantFrom(...'019af.:-lcog'), maxLength: 24 })
    fc.assert(
      fc.property(fc.oneof(hostLike, fc.domain(), fc.string()), (host) => {
        if (isAllowedCandidate(withHost(host))) expect(isIP(host) !== 0 || /^[0-9a-z-]+\.local$/i.test(host)).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('the ufrag of a description', () => {
  test('is the first one in the description', () => {
    expect(parseIceUfrag('v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:nxlS\r\na=ice-pwd:x\r\n')).toBe('nxlS')
  })

  test('is null without a=ice-ufrag', () => {
    expect(parseIceUfrag('v=0\r\nx-a=ice-ufrag:nxlS\r\n')).toBeNull()
  })
})

const isNowhere = (host: string): boolean => /^[0:.]+$/.test(host) || /^::ffff:0\.0\.0\.0$/i.test(host)
