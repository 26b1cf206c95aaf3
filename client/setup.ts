/** Which end of DTLS a side is (RFC 8842 §5.1): the active one calls the other. An offer leaves it to the answer. */
export type Setup = 'active' | 'passive'

/** What an answer chooses; null where it chooses nothing. */
export function setupOf(sdp: string): Setup | null {
  return (/^a=setup:(active|passive)\s*$/m.exec(sdp)?.[1] as Setup | undefined) ?? null
}

export const otherEnd = { active: 'passive', passive: 'active' } as const satisfies Record<Setup, Setup>

/**
 * The answer of one who was that end before, and stays it for as long as both have the same certificates (RFC 8842 §5.3). Firefox (153)
 * forgets: to a restart that it is asked for it always answers `active`, though it goes on as what it was.
 */
export const withSetup = (sdp: string, setup: Setup): string => sdp.replaceAll(/^a=setup:(active|passive)/gm, `a=setup:${setup}`)
