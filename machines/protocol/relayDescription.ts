/**
 * Descriptions of a prepared connection. Until the holder and the visitor meet, neither learns an address of the other:
 * a description has relay candidates only, and every other address in it is the unspecified one.
 */

const unspecified = new Set(['0.0.0.0', '::'])
/** The lines that hold an address: origin, connection and RTCP (RFC 8866 §5.2, §5.7; RFC 3605). */
const addressLine = /^(o=.*|c=|a=rtcp:\d+ )IN IP[46] (\S+)$/
const candidateLine = /^a=candidate:/

const isRelayCandidate = (line: string): boolean =>
  line.split(' ')[7] === 'relay' && unspecified.has(/ raddr (\S+)/.exec(line)?.[1] ?? '0.0.0.0')

const splitLines = (sdp: string): string[] => sdp.split(/\r?\n/)

/** Returns true if the description shows no address besides those of relay candidates. */
export const isRelayDescription = (sdp: string): boolean =>
  splitLines(sdp).every((line) => {
    if (candidateLine.test(line)) return isRelayCandidate(line)
    // A line that names an address in another form is not acceptable.
    if (/^(o=|c=|a=rtcp:.*IN )/.test(line)) return unspecified.has(addressLine.exec(line)?.[2] ?? '')
    return !line.startsWith('a=remote-candidates')
  })

/** Removes the other candidates and addresses. A relay candidate names its client's address in `raddr` (RFC 8839 §5.1). */
export const toRelayDescription = (sdp: string): string =>
  splitLines(sdp)
    .map((line) =>
      candidateLine.test(line)
        ? line.replace(/ raddr \S+ rport \d+/, ' raddr 0.0.0.0 rport 0')
        : line.replace(addressLine, '$1IN IP4 0.0.0.0'),
    )
    .filter((line) => !candidateLine.test(line) || isRelayCandidate(line))
    .join('\r\n')
