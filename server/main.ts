import { readArguments } from './arguments.ts'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import { startServer, type Running } from './start.ts'

/** The process: environment in, one line out for whoever started it, and an orderly end. */
async function main(): Promise<void> {
  const { inspects } = readArguments(process.argv.slice(2))
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const pages = import.meta.dirname.replace(/server$/, 'client')
  process.on('uncaughtException', (err) => log.error({ err }, 'uncaught'))
  const running = await startServer(config, { log, pages, inspects })
  endOnSignal(running, config.turn.drainMs)
  process.on('SIGHUP', () => running.reload(process.env))
  say(`Duet is at ${running.url}${running.addresses.length ? ` (on the network: ${running.addresses.join(', ')})` : ''}`)
  if (inspects) say(`Its rooms in the Stately Inspector, on this machine only: ${running.url}/?inspect=1`)
}

/** The first signal ends in order, the second at once. */
function endOnSignal(running: Running, drainMs: number): void {
  let isEnding = false
  const end = (): void => {
    if (isEnding) process.exit(1)
    isEnding = true
    running.drain(drainMs).then(() => process.exit(0), (error: unknown) => fail(error))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function fail(error: unknown): void {
  process.stderr.write(`duet: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

main().catch(fail)
