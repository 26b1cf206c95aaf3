import type { Turn } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'
import { readTurnSettings, type Environment } from './environment.ts'

/** SIGHUP: reads the settings again. A wrong one leaves all as it was, and says so. */
export function reloadTurn(turn: Turn, env: Environment, log: TurnLog): void {
  try {
    const { options: { secrets, ...options }, secretIsRandom } = readTurnSettings(env)
    turn.reload({ ...options, ...(!secretIsRandom && { secrets }) })
  } catch (error) {
    log.warn({}, `settings not reloaded, the old ones stay: ${(error as Error).message}`)
  }
}
