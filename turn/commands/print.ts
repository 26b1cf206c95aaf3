import { standardOutput } from '../common/output.ts'

export const print = (text: string): void => standardOutput.write(`${text}\n`)

/** Unix time in seconds. */
export const tomorrowSeconds = (): number => Math.floor(Date.now() / 1000) + 86_400
