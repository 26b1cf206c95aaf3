import { describe, expect, test } from 'vitest'
import { QualitySampler } from '../../../client/webrtc/qualitySampler.ts'
import { reports } from './qualityReports.ts'

type Stats = Record<string, unknown> & { id: string; type: string; kind?: string; localId?: string }
type Browser = keyof typeof reports

const reportOf = (all: readonly object[]): [string, Stats][] => (all as Stats[]).map((stats) => [stats.id, stats])
const pairOf = (browser: Browser): [object[], object[]] => reports[browser]

/** Returns the reading of a browser's second report, after `change` has replaced some of its fields. */
function readingOf(browser: Browser, change: (stats: Stats) => object = () => ({})) {
  const [first, second] = pairOf(browser)
  const reader = new QualitySampler()
  expect(reader.read(reportOf(first))).toBeNull()
  return reader.read(reportOf((second as Stats[]).map((stats) => ({ ...stats, ...change(stats) }))))
}

const isInbound =
  (kind: string) =>
  (stats: Stats): boolean =>
    stats.type === 'inbound-rtp' && stats.kind === kind

describe('reading of one second', () => {
  test('a good connection in Chromium', () => {
    expect(readingOf('chromium')).toEqual({
      inboundLossRatio: 0,
      outboundLossRatio: 0,
      roundTripMs: 1,
      jitterMs: 6,
      freezeRatio: 0,
      uplinkShortfall: 0,
      receivedKbps: 876,
      sentKbps: 786,
    })
  })

  test('a good connection in Firefox, which reports no outgoing bitrate estimate', () => {
    expect(readingOf('firefox')).toEqual({
      inboundLossRatio: 0,
      outboundLossRatio: 0,
      roundTripMs: 2,
      jitterMs: 4,
      freezeRatio: 0,
      uplinkShortfall: null,
      receivedKbps: 781,
      sentKbps: 906,
    })
  })

  test.each(['chromium', 'firefox'] as const)('an idle stream of the shared screen hides nothing in %s', (browser) => {
    const [first, second] = pairOf(browser)
    const idle = (['audio', 'video'] as const).flatMap((kind) => [
      { id: `idle in ${kind}`, type: 'inbound-rtp', kind, timestamp: 0, packetsReceived: 0, jitter: 9 },
      { id: `idle out ${kind}`, type: 'outbound-rtp', kind, timestamp: 0, packetsSent: 0 },
    ])
    const reader = new QualitySampler()
    reader.read(reportOf([...idle, ...first]))
    expect(reader.read(reportOf([...idle, ...second]))).toEqual(readingOf(browser))
  })

  test.each(['chromium', 'firefox'] as const)('10 % inbound loss in %s', (browser) => {
    const received = browser === 'chromium' ? 639 - 538 + 370 - 319 : 579 - 491 + 422 - 371
    const reading = readingOf(browser, (stats) => (isInbound('video')(stats) ? { packetsLost: received / 9 } : {}))
    expect(reading?.inboundLossRatio).toBeCloseTo(0.1)
    expect(reading?.outboundLossRatio).toBe(0)
  })

  test.each(['chromium', 'firefox'] as const)('25 % outbound video loss in %s', (browser) => {
    const reading = readingOf(browser, ({ type, kind }) =>
      type === 'remote-inbound-rtp' && kind === 'video' ? { fractionLost: 0.25 } : {},
    )
    const [sound, picture] = browser === 'chromium' ? [371 - 320, 545 - 457] : [422 - 371, 747 - 639]
    expect(reading?.outboundLossRatio).toBeCloseTo((0.25 * picture) / (picture + sound))
    expect(reading?.inboundLossRatio).toBe(0)
  })

  test.each(['chromium', 'firefox'] as const)('inbound video frozen for half a second in %s', (browser) => {
    const reading = readingOf(browser, (stats) => (isInbound('video')(stats) ? { totalFreezesDuration: 0.505 } : {}))
    expect(reading?.freezeRatio).toBeCloseTo(0.5, 2)
  })

  test('an uplink with a tenth of a good bitrate', () => {
    const reading = readingOf('chromium', ({ type, kind, availableOutgoingBitrate }) =>
      type === 'outbound-rtp' && kind === 'video'
        ? { qualityLimitationReason: 'bandwidth' }
        : availableOutgoingBitrate
          ? { availableOutgoingBitrate: 60_000 }
          : {},
    )
    expect(reading?.uplinkShortfall).toBeCloseTo(0.9)
  })

  test('the round-trip time is the minimum of the measurements', () => {
    const far = (seconds: number) => ({ roundTripTime: seconds, currentRoundTripTime: seconds + 0.1 })
    expect(readingOf('firefox', () => far(0.5))?.roundTripMs).toBe(500)
    expect(
      readingOf('firefox', ({ type }) => (type === 'candidate-pair' ? { currentRoundTripTime: 0 } : far(0.5)))
        ?.roundTripMs,
    ).toBe(500)
  })
})

describe('reading without a previous report', () => {
  test('the first report of a new connection gives null', () => {
    const reader = new QualitySampler()
    reader.read(reportOf(pairOf('chromium')[0]))
    const others = (pairOf('chromium')[1] as Stats[]).map((stats) => ({ ...stats, id: `other ${stats.id}` }))
    expect(reader.read(reportOf(others))).toBeNull()
  })

  test('missing fields give null', () => {
    const [first, second] = pairOf('chromium').map((all) =>
      (all as Stats[]).filter((stats) => stats.type === 'outbound-rtp'),
    )
    const reader = new QualitySampler()
    reader.read(reportOf(first!))
    expect(reader.read(reportOf(second!))).toEqual({
      inboundLossRatio: null,
      outboundLossRatio: null,
      roundTripMs: null,
      jitterMs: null,
      freezeRatio: null,
      uplinkShortfall: null,
      receivedKbps: null,
      sentKbps: null,
    })
  })

  test('a reset counter is not a loss', () => {
    const reading = readingOf('firefox', ({ type }) =>
      type === 'inbound-rtp' ? { packetsReceived: 5, packetsLost: 0, totalFreezesDuration: 0 } : {},
    )
    expect(reading).toMatchObject({ inboundLossRatio: null, freezeRatio: 0 })
  })
})
