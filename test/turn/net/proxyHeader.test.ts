import { assert, constantFrom, integer, ipV4, ipV6, oneof, property, record, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { parseProxyHeader } from '../../../turn/net/proxyHeader.ts'
import { canonicalIp } from '../../../turn/stun/ip.ts'
import { binaryHeader, lineHeader, rawHeader } from '../proxyHeaders.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['version 1, IPv4', bytes('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\nGET'), '203.0.113.9', 4711, 43],
  ['version 1, IPv6', bytes('PROXY TCP6 2001:DB8:0::9 2001:db8::1 65535 0\r\n'), '2001:db8::9', 65_535, 46],
  ['version 1, an IPv4-mapped address', bytes('PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n'), '203.0.113.9', 1, 39],
  ['version 2, IPv4', binaryHeader({ source: '203.0.113.9' }), '203.0.113.9', 4711, 28],
  ['version 2, IPv6', binaryHeader({ source: '2001:db8::9' }), '2001:db8::9', 4711, 52],
  [
    'version 2, with TLVs',
    binaryHeader({ source: '203.0.113.9' }, { tlvs: bytes('\x04\x00\x01a\x01\x00\x00') }),
    '203.0.113.9',
    4711,
    35,
  ],
])('%s names the client', (_, header, ip, port, length) => {
  expect(parseProxyHeader(header)).toEqual({ client: { ip, port }, length })
})

test.each([
  ['version 1, UNKNOWN', bytes('PROXY UNKNOWN\r\n'), 15],
  ['version 1, UNKNOWN with the longest line', bytes(`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`), 107],
  ['version 2, LOCAL without a body', rawHeader(0x20, 0x00, Buffer.alloc(0)), 16],
  ['version 2, LOCAL with addresses', binaryHeader({ source: '203.0.113.9' }, { command: 0x20 }), 28],
  ['version 2, LOCAL of another family', rawHeader(0x20, 0x31, Buffer.alloc(7)), 23],
  ['version 2, a Unix address', rawHeader(0x21, 0x31, Buffer.alloc(216)), 232],
  ['version 2, a Unix address with a TLV', rawHeader(0x21, 0x31, Buffer.from([...Buffer.alloc(216), 4, 0, 1, 9])), 236],
  ['version 2, UNSPEC', rawHeader(0x21, 0x00, Buffer.alloc(0)), 16],
])('%s names no client', (_, header, length) => {
  expect(parseProxyHeader(header)).toEqual({ client: null, length })
})

test.each<[string, Buffer]>([
  ['HTTP', bytes('GET / HTTP/1.1\r\n')],
  ['TLS', Buffer.from([0x16, 3, 1])],
  ['STUN', Buffer.from([0, 1, 0, 0])],
  ['another signature', bytes('\r\n\r\n\0\r\nQUIT\r')],
  ['another version', binaryHeader({ source: '203.0.113.9' }, { command: 0x11 })],
  ['another command', binaryHeader({ source: '203.0.113.9' }, { command: 0x22 })],
  ['UDP', binaryHeader({ source: '203.0.113.9' }, { family: 0x12 })],
  ['a Unix address that is too short', rawHeader(0x21, 0x31, Buffer.alloc(215))],
  ['a Unix address for datagrams', rawHeader(0x21, 0x32, Buffer.alloc(216))],
  ['a body that is too short', rawHeader(0x21, 0x11, Buffer.alloc(11))],
  ['a body that is too long', rawHeader(0x21, 0x11, Buffer.alloc(4081))],
  ['half a TLV', binaryHeader({ source: '203.0.113.9' }, { tlvs: bytes('\x04\x00') })],
  ['a TLV beyond the end', binaryHeader({ source: '203.0.113.9' }, { tlvs: bytes('\x04\x00\x02a') })],
  ['a line that is too long', bytes(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`)],
  ['a line without CR', bytes('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\n'.padEnd(107))],
  ...[
    'TCP4 2001:db8::9 192.0.2.1 1 2',
    'TCP6 203.0.113.9 2001:db8::1 1 2',
    'TCP6 fe80::1%eth0 2001:db8::1 1 2',
    'TCP4 203.0.113.09 192.0.2.1 1 2',
    'TCP4 203.0.113.9 192.0.2.1 01 2',
    'TCP4 203.0.113.9 192.0.2.1 65536 2',
    'TCP4 203.0.113.9 192.0.2.1 1 -2',
    'TCP4 203.0.113.9 192.0.2.1 1',
    'TCP4 203.0.113.9 192.0.2.1 1 2 3',
    'TCP4  203.0.113.9 192.0.2.1 1 2',
    'tcp4 203.0.113.9 192.0.2.1 1 2',
    'UDP4 203.0.113.9 192.0.2.1 1 2',
    'UNKNOWNS',
    '',
  ].map((line): [string, Buffer] => [`PROXY ${line}`, bytes(`PROXY ${line}\r\n`)]),
])('%s is invalid', (_, header) => {
  expect(parseProxyHeader(header)).toBe('invalid')
})

const anyHeader = record({ source: oneof(ipV4(), ipV6()), sourcePort: integer({ min: 0, max: 65_535 }) }).chain(
  ({ source, sourcePort }) =>
    constantFrom(
      { header: binaryHeader({ source, sourcePort }), source, sourcePort },
      { header: lineHeader(source, sourcePort), source, sourcePort },
    ),
)

test('every header is incomplete until its last byte, and later bytes change nothing', () => {
  assert(
    property(anyHeader, uint8Array({ maxLength: 20 }), ({ header, source, sourcePort }, more) => {
      const expected = { length: header.length, client: { ip: canonicalIp(source), port: sourcePort } }
      for (let end = 0; end < header.length; end++) expect(parseProxyHeader(header.subarray(0, end))).toBe('incomplete')
      expect(parseProxyHeader(Buffer.concat([header, more]))).toEqual(expected)
    }),
  )
})

test('no bytes throw, and a result lies within the bytes', () => {
  const changed = record({ at: anyHeader, index: integer({ min: 0, max: 60 }), byte: integer({ min: 0, max: 255 }) })
  const mutated = changed.map(({ at: { header }, index, byte }) => {
    const copy = Buffer.from(header)
    copy[index % copy.length] = byte
    return copy
  })
  const random = uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each))
  assert(
    property(oneof(mutated, random), (header) => {
      const result = parseProxyHeader(header)
      if (typeof result === 'object') expect(result.length).toBeLessThanOrEqual(header.length)
    }),
    { numRuns: 5_000 },
  )
})
