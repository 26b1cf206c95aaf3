import { randomBytes } from 'node:crypto'
import { createTimeOrigin } from './common/clock.ts'
import type { TurnOptions, TurnServer } from './common/options.ts'
import { chooseEngine, EngineUnavailableError, fallBack, type EngineChoice } from './engine/chooseEngine.ts'
import { silentLog } from './net/lifecycle.ts'
import { startInMainThread } from './startInMainThread.ts'
import { startInWorkers } from './startInWorkers.ts'
import type { SharedValues } from './workers/messages.ts'
import { SharedRelayIps } from './workers/sharedRelayIps.ts'

/**
 * Starts a TURN server, with the batch engine where it can run. Rejects with a readable Error when an option is wrong or
 * no address can be bound.
 */
export async function startTurn(options: TurnOptions): Promise<TurnServer> {
  const { log = silentLog } = options
  const shared: SharedValues = {
    relayIpBuffer: SharedRelayIps.createBuffer(),
    nonceKey: randomBytes(32),
    timeOrigin: createTimeOrigin(),
  }
  let choice: EngineChoice = chooseEngine(options)
  if (choice.name === 'batch') {
    try {
      return await startInWorkers(options, shared, log)
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error
      choice = fallBack(options.engine, error.message)
    }
  }
  if (choice.name === 'dgram' && choice.reason !== undefined)
    log.warn({ reason: choice.reason }, 'batch engine unavailable, using node:dgram')
  return startInMainThread(options, shared, log)
}
