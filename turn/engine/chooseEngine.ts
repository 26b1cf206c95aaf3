import type { TurnOptions } from '../common/options.ts'
import { checkLayout } from './layout.ts'
import { loadSystemCalls } from './systemCalls.ts'

/** The batch engine cannot run in this process. The message is the reason. */
export class EngineUnavailableError extends Error {}

/** The engine of a server. `reason` says why it is not the batch engine, although no setting asks for `node:dgram`. */
export type EngineChoice = { readonly name: 'batch' } | { readonly name: 'dgram'; readonly reason?: string }

/**
 * Chooses the engine of a server: the batch engine where it loads, unless an option asks for `node:dgram`.
 * @throws {Error} when the options require the batch engine and it cannot run
 */
export function chooseEngine({ engine = 'auto', workers }: Pick<TurnOptions, 'engine' | 'workers'>): EngineChoice {
  if (engine === 'dgram') return { name: 'dgram' }
  if (workers === 0) {
    if (engine === 'batch') throw new Error('DUET_TURN_ENGINE=batch needs a worker, and DUET_TURN_WORKERS is 0')
    return { name: 'dgram' }
  }
  try {
    loadSystemCalls()
    checkLayout()
    return { name: 'batch' }
  } catch (error) {
    return fallBack(engine, (error as Error).message)
  }
}

/** Returns the choice after a failure of the batch engine. @throws {Error} when the options require it */
export function fallBack(engine: TurnOptions['engine'], reason: string): EngineChoice {
  if (engine === 'batch') throw new Error(`DUET_TURN_ENGINE=batch is not possible here: ${reason}`)
  return { name: 'dgram', reason }
}
