/** The DTLS role in `a=setup` (RFC 8842 §5.1): the active side opens the handshake. An offer leaves the choice to the answer. */
export type DtlsRole = 'active' | 'passive'

/** What an answer chose for its side; null in an offer. */
export function parseDtlsRole(sdp: string): DtlsRole | null {
  return (/^a=setup:(active|passive)\s*$/m.exec(sdp)?.[1] as DtlsRole | undefined) ?? null
}

export const oppositeDtlsRole = { active: 'passive', passive: 'active' } as const satisfies Record<DtlsRole, DtlsRole>

/**
 * The answer of one who was that end before, and stays it for as long as both have the same certificates (RFC 8842 §5.3). Firefox (153)
 * forgets: to a restart that it is asked for it answers `active`, goes on as what it was, and is refused by Chromium.
 */
export const withDtlsRole = (sdp: string, role: DtlsRole): string =>
  sdp.replaceAll(/^a=setup:(active|passive)/gm, `a=setup:${role}`)
