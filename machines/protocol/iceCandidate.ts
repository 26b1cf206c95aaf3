import { isPeerAddress } from './address.ts'

const mdnsName = /^[0-9a-z-]{1,63}\.local$/i

/**
 * Returns true if the candidate's address may be tried. The fields are those of RFC 8839 §5.1: foundation, component,
 * transport, priority, address, port, "typ", type. Host names other than mDNS names (RFC 8828) are rejected: a DNS
 * lookup would reveal the client to their owner.
 */
export function isAllowedCandidate(candidate: string): boolean {
  const [foundation = '', , transport = '', , host = '', port = '', typ] = candidate.split(' ', 8)
  return (
    foundation.startsWith('candidate:') &&
    /^(udp|tcp)$/i.test(transport) &&
    typ === 'typ' &&
    (mdnsName.test(host) || isPeerAddress(host)) &&
    /^\d{1,5}$/.test(port)
  )
}

/** Returns the ice-ufrag of a description (RFC 8839 §5.4), or null. With BUNDLE, all media sections share one. */
export function parseIceUfrag(sdp: string): string | null {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? null
}
