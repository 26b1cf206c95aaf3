import { constants } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** ALPN protocol ids of TURN and STUN (RFC 7443). */
export const alpnProtocols = ['stun.turn', 'stun.nat-discovery']

/**
 * Key exchange groups, in the order of preference. Every browser and TURN library has X25519 or P-256 (RFC 8446 §9.1).
 * Node's default has ffdhe8192 too, which a client may choose: 134 ms of CPU for one ClientHello, instead of 1.1 ms
 * (CVE-2022-40735). P-521 takes 6 ms and P-384 3 ms. X25519MLKEM768 needs OpenSSL 3.5.
 */
const groups = ['X25519MLKEM768', 'X25519', 'P-256']

/**
 * Options of every TLS server. Pass them to `createServer`, and again to `setSecureContext`, which resets them.
 * A client could renegotiate TLS 1.2 three times on one connection, without a limit of its network.
 */
export const tlsOptions = {
  minVersion: 'TLSv1.2',
  ecdhCurve: groups.filter(isSupported).join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const

function isSupported(group: string): boolean {
  try {
    createSecureContext({ ecdhCurve: group })
    return true
  } catch {
    return false
  }
}
