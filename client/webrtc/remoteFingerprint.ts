/**
 * Who the other end is: a connection is between two certificates (RFC 8842), and all that flows goes one way (RFC 9143). Whoever
 * passes descriptions on could put another end in place of the first, or a second beside it; neither is a change that we make.
 * @throws an Error that says what is wrong
 */
export function expectSameEnd(before: string | undefined, sdp: string): void {
  if (before !== undefined && fingerprintsOf(before) !== fingerprintsOf(sdp)) throw new Error('the other end of a connection is another one')
  const group = /^a=group:BUNDLE (.*)$/m.exec(sdp)?.[1]?.trim().split(' ') ?? []
  const mids = midsOf(sdp)
  if (mids.length > 1 && mids.some((mid) => !group.includes(mid))) throw new Error('a description asks for more than one way')
}

/** The certificates that a description names: its `a=fingerprint` values (RFC 8122 §5), sorted, each once. */
export const fingerprintsOf = (sdp: string): string =>
  [...new Set([...sdp.matchAll(/^a=fingerprint:(.+?)\s*$/gim)].map(([, line = '']) => line.toLowerCase()))].sort().join()

/** Of the sections that carry something: port 0 without `bundle-only` is a section that was refused (RFC 9143 §6). */
function midsOf(sdp: string): string[] {
  const sections = sdp.split(/^(?=m=)/m).slice(1)
  return sections.filter((section) => !/^m=\S+ 0 /.test(section) || /^a=bundle-only/m.test(section))
    .map((section) => /^a=mid:(\S+)/m.exec(section)?.[1] ?? '')
}
