import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { stopProgram } from './product.ts'

const program = new URL('../../dist/server/turn.js', import.meta.url).pathname

/** Starts the built `npm run turn`. Returns its stop function. */
export async function startTurnProgram(env: Record<string, string>): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, DUET_TURN_DRAIN: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stderrChunks: string[] = []
  child.stderr.on('data', (chunk: Buffer) => stderrChunks.push(String(chunk)))
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`npm run turn ended with ${code}: ${stderrChunks.join('')}`)
  })
  ended.catch(() => undefined)
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  return () => stopProgram(child)
}
