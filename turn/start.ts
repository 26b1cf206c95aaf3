import type { Turn, TurnOptions } from './options.ts'

/** Starts listening; rejects with a readable error when an option is wrong or no address can be bound. */
export async function startTurn(_options: TurnOptions): Promise<Turn> {
  throw new Error('not yet')
}
