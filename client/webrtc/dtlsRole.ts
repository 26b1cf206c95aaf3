/**
 * The DTLS role in `a=setup` (RFC 8842 §5.1). The active side starts the handshake. An offer may leave the choice to
 * the answer (`actpass`).
 */
export type DtlsRole = 'active' | 'passive'

/** Returns the DTLS role in a description; null for an offer that leaves the choice. */
export function parseDtlsRole(sdp: string): DtlsRole | null {
  return (/^a=setup:(active|passive)\s*$/m.exec(sdp)?.[1] as DtlsRole | undefined) ?? null
}

/** The DTLS role of the peer. */
export const oppositeDtlsRole = { active: 'passive', passive: 'active' } as const satisfies Record<DtlsRole, DtlsRole>

/**
 * Sets the DTLS role in an answer. A side keeps its role while both certificates stay the same (RFC 8842 §5.3).
 * Firefox (153) violates this: it answers an ICE restart with `active` but keeps its old role, and Chromium rejects
 * the answer.
 */
export const withDtlsRole = (sdp: string, role: DtlsRole): string =>
  sdp.replaceAll(/^a=setup:(active|passive)/gm, `a=setup:${role}`)

/**
 * Makes the offerer the DTLS client (RFC 8842 §5.2). The offerer learns the peer’s addresses last. Behind NATs its check
 * is therefore the first that passes. It may send half a round trip before the answerer.
 */
export const withActiveOffer = (sdp: string): string => sdp.replaceAll(/^a=setup:actpass/gm, 'a=setup:active')
