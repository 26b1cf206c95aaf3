import { describe, expect, test } from 'vitest'
import { assertSameFingerprint, parseFingerprints } from '../../../client/webrtc/remoteFingerprint.ts'

/** Returns a description with these sections: `mid`, port, and whether the section is bundle-only. */
function describeSections(
  group: string,
  fingerprint: string,
  ...sections: [mid: string, port: number, isBundleOnly?: boolean][]
): string {
  const lines = sections.flatMap(([mid, port, isBundleOnly]) => [
    `m=audio ${port} UDP/TLS/RTP/SAVPF 111`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=mid:${mid}`,
    ...(isBundleOnly ? ['a=bundle-only'] : []),
  ])
  return ['v=0', ...(group ? [`a=group:BUNDLE ${group}`] : []), ...lines, ''].join('\r\n')
}

const usual = describeSections('0 1 2', 'AA:BB', ['0', 9], ['1', 0, true], ['2', 9])

describe('accepted description', () => {
  test.each([
    ['the first description', undefined, usual],
    ['the same fingerprint in lower case', usual, usual.replaceAll('AA:BB', 'aa:bb')],
    ['a rejected section', usual, describeSections('0 2', 'AA:BB', ['0', 9], ['1', 0], ['2', 9])],
    ['a single section', undefined, describeSections('', 'AA:BB', ['0', 9])],
  ])('%s', (_, before, sdp) => {
    expect(() => assertSameFingerprint(before, sdp)).not.toThrow()
  })
})

describe('rejected description', () => {
  test.each([
    ['with another fingerprint', usual.replaceAll('AA:BB', 'CC:DD')],
    ['with a second fingerprint beside the first', usual.replace('AA:BB', 'CC:DD')],
    ['without a fingerprint', usual.replaceAll(/^a=fingerprint.*\r\n/gm, '')],
  ])('%s', (_, sdp) => {
    expect(() => assertSameFingerprint(usual, sdp)).toThrow('has changed')
  })

  test.each([
    ['without a group', describeSections('', 'AA:BB', ['0', 9], ['1', 9])],
    ['with a section outside of the group', describeSections('0', 'AA:BB', ['0', 9], ['1', 9])],
    ['with a bundle-only section outside of the group', describeSections('0', 'AA:BB', ['0', 9], ['1', 0, true])],
  ])('a description that requests a second transport %s is rejected', (_, sdp) => {
    expect(() => assertSameFingerprint(undefined, sdp)).toThrow('more than one transport')
  })
})

test('a fingerprint with 30,000 spaces costs less than 100 times as much as one with 30,000 letters', () => {
  const measure = (filler: string): number =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const startedAt = performance.now()
        parseFingerprints(`v=0\na=fingerprint:sha-256 A${filler.repeat(30_000)}B\n`)
        return performance.now() - startedAt
      }),
    )
  expect(measure(' ') / measure('x')).toBeLessThan(100)
  expect(parseFingerprints('a=fingerprint:sha-256 A \t\r\n')).toBe('sha-256 a')
})
