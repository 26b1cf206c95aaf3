import { expect, test } from 'vitest'
import { isRelayDescription, toRelayDescription } from '../../../machines/protocol/relayDescription.ts'

/** A description as browsers write it, with every kind of candidate. */
const gathered = [
  'v=0',
  'o=mozilla...THIS_IS_SDPARTA 4611 0 IN IP4 203.0.113.5',
  's=-',
  't=0 0',
  'm=audio 50000 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP6 2001:db8::5',
  'a=rtcp:50001 IN IP4 203.0.113.5',
  'a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0',
  'a=candidate:2 1 udp 2122260223 c0ffee.local 50000 typ host',
  'a=candidate:3 1 udp 1686052607 203.0.113.5 50000 typ srflx raddr 192.0.2.7 rport 50000',
  'a=candidate:4 1 udp 41885439 198.51.100.9 50002 typ relay raddr 203.0.113.5 rport 50000 generation 0',
  'a=candidate:5 1 udp 41885439 198.51.100.9 50004 typ relay',
  'a=mid:0',
  '',
].join('\r\n')

test('a description keeps relay candidates only, and none of its lines has another address', () => {
  expect(isRelayDescription(gathered)).toBe(false)
  const sanitized = toRelayDescription(gathered)
  expect(isRelayDescription(sanitized)).toBe(true)
  expect(sanitized.match(/^a=candidate:.*$/gm)).toEqual([
    'a=candidate:4 1 udp 41885439 198.51.100.9 50002 typ relay raddr 0.0.0.0 rport 0 generation 0',
    'a=candidate:5 1 udp 41885439 198.51.100.9 50004 typ relay',
  ])
  expect(sanitized).not.toMatch(/203\.0\.113\.5|192\.0\.2\.7|2001:db8|c0ffee/)
  expect(sanitized).toContain('a=mid:0')
})

test.each(gathered.split('\r\n').filter((line) => /203|192|2001|local/.test(line)))('%s is not acceptable', (line) => {
  expect(isRelayDescription(`v=0\r\n${line}\r\n`)).toBe(false)
  // Bare line feeds hide nothing.
  expect(isRelayDescription(`v=0\n${line}\n`)).toBe(false)
})
