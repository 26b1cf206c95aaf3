import { c5, e5, g5, playTones, type Tone } from '../audio/tones.ts'
import type { PresenceChange } from './presenceChange.ts'

const bell = (frequencyHz: number, startMs: number): Tone => ({ frequencyHz, startMs, lengthMs: 550, volume: 0.16 })
const tap = (frequencyHz: number, startMs: number): Tone => ({ frequencyHz, startMs, lengthMs: 120, volume: 0.3 })

/** A change of presence, or a chat text. */
export type Earcon = PresenceChange | 'written'

/**
 * Two tones meet for an arrival and part for a departure. A knock is two taps. Three tones rise for an admission. A text
 * is one quiet tone.
 */
export const earcons: Readonly<Record<Earcon, readonly Tone[]>> = {
  arrived: [bell(c5, 0), bell(g5, 120)],
  left: [bell(g5, 0), bell(c5, 140)],
  knocked: [tap(392, 0), tap(330, 170), tap(392, 500), tap(330, 670)],
  admitted: [bell(c5, 0), bell(e5, 100), bell(g5, 200)],
  written: [{ ...tap(e5, 0), volume: 0.12 }],
}

/** Plays the sound of a change, as `playTones` does. */
export function playEarcon(earcon: Earcon, speakerId: string | null = null): void {
  playTones(earcons[earcon], speakerId)
}
