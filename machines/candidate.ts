/** Reading ICE candidates and descriptions as far as the rules need it: ufrags and addresses. */

const address = /^(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:.]*:[0-9a-f:.]*|[0-9a-z-]{1,63}\.local)$/i
const nowhere = new Set(['0.0.0.0', '::'])

/**
 * True where a candidate names an address that may be tried (RFC 8839 §5.1: foundation, component, transport, priority,
 * address, port, "typ", type). Host names are refused, but for mDNS (RFC 8828): looking one up would tell its owner who asks.
 */
export function isHostAddress(line: string): boolean {
  const [foundation = '', , transport = '', , host = '', port = '', typ] = line.split(' ')
  return foundation.startsWith('candidate:') && /^(udp|tcp)$/i.test(transport) && typ === 'typ'
    && address.test(host) && !nowhere.has(host) && /^\d{1,5}$/.test(port)
}

/** The ice-ufrag of a description (RFC 8839 §5.4), or null. With BUNDLE all its sections share one. */
export function ufragOf(sdp: string): string | null {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? null
}
