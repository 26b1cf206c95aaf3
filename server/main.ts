import { standardError, standardOutput } from '../turn/index.ts'
import { readArguments } from './cli.ts'
import { readConfig } from './config/config.ts'
import { createLog } from './common/log.ts'
import { startServer, type Running } from './startServer.ts'

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
  const others = config.publicUrl ? [config.publicUrl] : running.addresses
  say(`Duet is at ${running.url}${others.length ? ` (${config.publicUrl ? 'for others' : 'on the network'}: ${others.join(', ')})` : ''}`)
  if (running.adminUrl) say(`Metrics and health, for you alone: ${running.adminUrl}/metrics`)
  if (inspects) say(`Its rooms in the Stately Inspector: ${running.adminUrl}/?inspect=1`)
}

/** The first signal ends in order, the second at once. */
function endOnSignal(running: Running, drainMs: number): void {
  let isEnding = false
  const end = (): void => {
    if (isEnding) process.exit(1)
    isEnding = true
    running.drain(drainMs).then(() => exit(0), (error: unknown) => fail(error))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

const say = (text: string): void => standardOutput.write(`${text}\n`)

/** How long the last lines may take to be read, in ms. */
const flushMs = 500

async function exit(code: number): Promise<void> {
  await Promise.all([standardOutput.flush(flushMs), standardError.flush(flushMs)])
  process.exit(code)
}

function fail(error: unknown): void {
  standardError.write(`duet: ${error instanceof Error ? error.message : String(error)}\n`)
  void exit(1)
}

main().catch(fail)
