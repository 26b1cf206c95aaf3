import { type ProgramProcess, readTurnPort, startProgram } from '../programProcess.ts'

const program = new URL('../../dist/server/turn.js', import.meta.url).pathname

/**
 * Starts the built `npm run turn`. Resolves when it listens.
 * @param node another program that runs Node
 */
export async function startTurnProgram(
  env: Record<string, string>,
  node = process.execPath,
): Promise<ProgramProcess & { port: number }> {
  const started = startProgram([node, program], { env: { PATH: process.env.PATH, ...env } })
  return { ...started, port: await readTurnPort(started) }
}
