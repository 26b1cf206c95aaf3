import { describe } from 'vitest'
import type { TurnServer } from '../../turn/index.ts'
import { missingTools } from '../tools.ts'

/** A source of UDP sockets. */
export type Engine = TurnServer['engine']

/** Runs a suite on the batch engine and on `node:dgram`. Without koffi, the tests of the batch engine are skipped. */
export function describeEngines(suite: (engine: Engine) => void): void {
  for (const engine of ['batch', 'dgram'] as const)
    describe.skipIf(engine === 'batch' && missingTools(['koffi']).length > 0)(`${engine} engine`, () => suite(engine))
}
