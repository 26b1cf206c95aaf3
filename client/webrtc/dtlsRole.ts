/** Which end of DTLS a side is, as `a=setup` says it (RFC 8842 §5.1): the active one calls. Offers leave it to the answer. */
export type DtlsEnd = 'active' | 'passive'

/** What an answer chose for its side; null in an offer. */
export function endIn(sdp: string): DtlsEnd | null {
  return (/^a=setup:(active|passive)\s*$/m.exec(sdp)?.[1] as DtlsEnd | undefined) ?? null
}

export const otherEnd = { active: 'passive', passive: 'active' } as const satisfies Record<DtlsEnd, DtlsEnd>

/**
 * The answer of one who was that end before, and stays it for as long as both have the same certificates (RFC 8842 §5.3). Firefox (153)
 * forgets: to a restart that it is asked for it answers `active`, goes on as what it was, and is refused by Chromium.
 */
export const withEnd = (sdp: string, end: DtlsEnd): string => sdp.replaceAll(/^a=setup:(active|passive)/gm, `a=setup:${end}`)
