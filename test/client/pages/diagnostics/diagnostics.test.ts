import { describe, expect, test } from 'vitest'
import { findSelectedPair } from '../../../../client/pages/diagnostics/candidatePair.ts'
import { traceFileName } from '../../../../client/pages/diagnostics/downloadTrace.ts'
import { formatTrace } from '../../../../machines/protocol/trace/traceFile.ts'

describe('selected candidate pair', () => {
  const ends: [string, object][] = [
    [
      'L',
      { id: 'L', type: 'local-candidate', candidateType: 'host', address: '192.0.2.2', port: 5000, protocol: 'udp' },
    ],
    [
      'R',
      { id: 'R', type: 'remote-candidate', candidateType: 'srflx', address: 'fd00::2', port: 6000, protocol: 'udp' },
    ],
    [
      'Y',
      {
        id: 'Y',
        type: 'local-candidate',
        candidateType: 'relay',
        address: '192.0.2.9',
        port: 49_200,
        protocol: 'udp',
        relayProtocol: 'tls',
      },
    ],
    ['Z', { id: 'Z', type: 'remote-candidate', candidateType: 'prflx', protocol: 'udp' }],
  ]
  const pair = (id: string, more: object = {}): [string, object] => [
    id,
    {
      id,
      type: 'candidate-pair',
      localCandidateId: 'L',
      remoteCandidateId: 'R',
      currentRoundTripTime: 0.0234,
      ...more,
    },
  ]

  test('the pair named by Chromium’s transport stats is selected', () => {
    const transport: [string, object] = ['T', { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' }]
    expect(findSelectedPair([...ends, transport, pair('P1', { localCandidateId: 'Y' }), pair('P2')])).toEqual({
      local: { type: 'host', address: '192.0.2.2:5000' },
      remote: { type: 'srflx', address: '[fd00::2]:6000' },
      protocol: 'UDP',
      isRelayed: false,
      roundTripMs: 23,
    })
  })

  test('the pair marked by Firefox is selected, with the relay protocol; addresses may be missing', () => {
    const relayed = pair('P2', {
      selected: true,
      localCandidateId: 'Y',
      remoteCandidateId: 'Z',
      currentRoundTripTime: undefined,
    })
    expect(findSelectedPair([...ends, pair('P1', { selected: false }), relayed])).toEqual({
      local: { type: 'relay', address: '192.0.2.9:49200' },
      remote: { type: 'prflx', address: null },
      protocol: 'TLS',
      isRelayed: true,
      roundTripMs: null,
    })
  })

  test('without a selected pair the result is null', () => {
    expect(findSelectedPair([...ends, pair('P1')])).toBeNull()
    expect(findSelectedPair([])).toBeNull()
  })
})

test('the file name of a saved trace contains its start time', () => {
  const trace = { version: 1, startedAt: '2026-02-03T04:05:06.789Z' } as const
  expect(traceFileName({ ...trace, entries: [] })).toBe('duet-trace-2026-02-03-0405.json')
  expect(formatTrace({ ...trace, entries: [] })).toContain('"version":1')
})
