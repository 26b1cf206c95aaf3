import { standardOutput } from '../common/output.ts'

export const say = (text: string): void => standardOutput.write(`${text}\n`)

/** Unix time in seconds. */
export const tomorrow = (): number => Math.floor(Date.now() / 1000) + 86_400
