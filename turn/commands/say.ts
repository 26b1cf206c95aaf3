export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Unix time in seconds. */
export const tomorrow = (): number => Math.floor(Date.now() / 1000) + 86_400
