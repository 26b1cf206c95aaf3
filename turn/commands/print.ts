import { standardOutput } from '../common/output.ts'

/** Writes a line to standard output. */
export const print = (text: string): void => standardOutput.write(`${text}\n`)

/** Returns the Unix time in 24 hours, in seconds. */
export const tomorrowSeconds = (): number => Math.floor(Date.now() / 1000) + 86_400
