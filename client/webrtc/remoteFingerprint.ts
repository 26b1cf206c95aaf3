/**
 * Asserts that the peer's certificate is unchanged (RFC 8842) and that all media use one transport (RFC 9143). A server that forwards
 * descriptions could replace the peer, or add a second one; Duet itself makes neither change.
 * @throws an Error that says what is wrong
 */
export function assertSameFingerprint(before: string | undefined, sdp: string): void {
  if (before !== undefined && parseFingerprints(before) !== parseFingerprints(sdp))
    throw new Error('the fingerprint of a connection has changed')
  const group = /^a=group:BUNDLE (.*)$/m.exec(sdp)?.[1]?.trim().split(' ') ?? []
  const mids = parseActiveMids(sdp)
  if (mids.length > 1 && mids.some((mid) => !group.includes(mid)))
    throw new Error('a description asks for more than one transport')
}

/** The certificates that a description names: its `a=fingerprint` values (RFC 8122 §5), sorted, each once. */
export const parseFingerprints = (sdp: string): string =>
  [...new Set([...sdp.matchAll(/^a=fingerprint:(.+?)\s*$/gim)].map(([, line = '']) => line.toLowerCase()))]
    .sort()
    .join()

/** Of the sections that carry something: port 0 without `bundle-only` is a section that was refused (RFC 9143 §6). */
function parseActiveMids(sdp: string): string[] {
  const sections = sdp.split(/^(?=m=)/m).slice(1)
  return sections
    .filter((section) => !/^m=\S+ 0 /.test(section) || /^a=bundle-only/m.test(section))
    .map((section) => /^a=mid:(\S+)/m.exec(section)?.[1] ?? '')
}
