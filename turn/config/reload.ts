import type { TurnServer } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'
import { readTurnSettings } from './environment.ts'
import type { Environment } from './settings.ts'

/**
 * Handles SIGHUP: reads and applies the settings again. A wrong setting is logged and changes nothing. Never throws.
 */
export function reloadTurn(turn: TurnServer, env: Environment, log: TurnLog): void {
  try {
    const {
      options: { secrets, ...options },
      isSecretRandom,
    } = readTurnSettings(env)
    turn.reload({ ...options, ...(!isSecretRandom && { secrets }) })
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'settings not reloaded')
  }
}
