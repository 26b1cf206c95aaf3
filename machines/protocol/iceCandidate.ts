/** Reading ICE candidates and descriptions as far as the rules need it: ufrags and addresses. */

const mdnsName = /^[0-9a-z-]{1,63}\.local$/i
const unspecifiedAddresses = new Set(['0.0.0.0', '[::]', '[::ffff:0:0]'])

/**
 * True where a candidate names an address that may be tried (RFC 8839 §5.1: foundation, component, transport, priority,
 * address, port, "typ", type). Host names are refused, but for mDNS (RFC 8828): looking one up would tell its owner who asks.
 */
export function isAllowedCandidate(candidate: string): boolean {
  const [foundation = '', , transport = '', , host = '', port = '', typ] = candidate.split(' ', 8)
  return (
    foundation.startsWith('candidate:') &&
    /^(udp|tcp)$/i.test(transport) &&
    typ === 'typ' &&
    (mdnsName.test(host) || isIpAddress(host)) &&
    /^\d{1,5}$/.test(port)
  )
}

/** What only looks like an address would be looked up as a name, and `::` has many spellings: URLs know both. */
function isIpAddress(host: string): boolean {
  const literal = /^\d+(\.\d+){3}$/.test(host) ? host : /^[0-9a-f:.]+$/i.test(host) ? `[${host}]` : ''
  if (!URL.canParse(`http://${literal}`)) return false
  const { hostname } = new URL(`http://${literal}`)
  return !unspecifiedAddresses.has(hostname) && (literal !== host || hostname === host)
}

/** The ice-ufrag of a description (RFC 8839 §5.4), or null. With BUNDLE all its sections share one. */
export function parseIceUfrag(sdp: string): string | null {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? null
}
