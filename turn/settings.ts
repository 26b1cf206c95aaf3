import type { TurnOptions } from './options.ts'

/** What `HOST`, `DUET_TURN` and `DUET_TURN_*` say. */
export interface TurnSettings {
  mode: 'embedded' | 'off'
  /** `DUET_TURN_URLS`: servers elsewhere that share the secret. */
  urls: readonly string[]
  /** Nobody gave a secret, so `options.secrets` holds one made at random for this run. */
  secretIsRandom: boolean
  options: Omit<TurnOptions, 'log' | 'transports'>
}

/** Throws an Error whose message is one line that names the variable. Empty values count as absent. */
export function readTurnSettings(_env: Readonly<Record<string, string | undefined>>): TurnSettings {
  throw new Error('not yet')
}
