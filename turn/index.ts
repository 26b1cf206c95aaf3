/** The face of `turn/`: all that others may import. */
export type { Quotas, Transport, Turn, TurnCounters, TurnLog, TurnOptions } from './options.ts'
export { startTurn } from './start.ts'
export { makeCredentials } from './credentials.ts'
export { readTurnSettings } from './settings.ts'
export type { TurnSettings } from './settings.ts'
export { checkUrl } from './check.ts'
export type { CheckOptions, CheckResult, CheckStep, Credentials } from './check.ts'
