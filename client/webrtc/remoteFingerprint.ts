/**
 * Asserts that the peer's certificate is unchanged (RFC 8842) and that all media uses one transport (RFC 9143). A
 * server that forwards descriptions could replace the peer or add a second one. Duet itself does neither.
 * @throws Error if either check fails
 */
export function assertSameFingerprint(before: string | undefined, sdp: string): void {
  if (before !== undefined && parseFingerprints(before) !== parseFingerprints(sdp))
    throw new Error('the fingerprint of the connection has changed')
  const group = /^a=group:BUNDLE (.*)$/m.exec(sdp)?.[1]?.trim().split(' ') ?? []
  const mids = parseActiveMids(sdp)
  if (mids.length > 1 && mids.some((mid) => !group.includes(mid)))
    throw new Error('the description requests more than one transport')
}

/** Returns the distinct `a=fingerprint` values of a description (RFC 8122 §5) in lower case, sorted and joined. */
export const parseFingerprints = (sdp: string): string =>
  [...new Set([...sdp.matchAll(/^a=fingerprint:(.+)$/gim)].map(([, line = '']) => line.trimEnd().toLowerCase()))]
    .sort()
    .join()

/** Returns the mids of active sections. Port 0 without `bundle-only` marks a rejected section (RFC 9143 §6). */
function parseActiveMids(sdp: string): string[] {
  const sections = sdp.split(/^(?=m=)/m).slice(1)
  return sections
    .filter((section) => !/^m=\S+ 0 /.test(section) || /^a=bundle-only/m.test(section))
    .map((section) => /^a=mid:(\S+)/m.exec(section)?.[1] ?? '')
}
