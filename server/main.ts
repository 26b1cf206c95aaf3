import { version } from '../package.json'
import { standardError, standardOutput, UsageError, withDotEnv, type Environment } from '../turn/index.ts'
import { formatHelp, parseArguments, type Command } from './cli.ts'
import { readConfig } from './config/config.ts'
import { formatPublicUrl } from './config/publicUrl.ts'
import { createLog } from './common/log.ts'
import { terminalLog } from './common/terminalLog.ts'
import { prepareLan } from './lan/lanMode.ts'
import { findServiceManager, type ServiceManager } from './serviceManager.ts'
import { startServer, type RunningServer } from './startServer.ts'
import { formatSummary } from './summary.ts'

async function main(): Promise<void> {
  const command = parseArguments(process.argv.slice(2))
  switch (command.type) {
    case 'help':
      return printLine(formatHelp())
    case 'version':
      return printLine(version)
    case 'doctor': {
      const { runDoctor } = await import('./tools/doctor/command.ts')
      return exit(await runDoctor(command.args, process.env, printLine))
    }
    case 'load': {
      const { runLoad } = await import('./tools/load/command.ts')
      return exit(await runLoad(command.args, loadOutput()))
    }
    case 'start':
      return start(command)
  }
}

/** Reads the environment, starts the server, prints or logs its URLs, and drains on a signal. */
async function start({ hasInspector, isLan }: Extract<Command, { type: 'start' }>): Promise<void> {
  const lan = isLan ? prepareLan(withDotEnv(process.env)) : null
  const readEnvironment = (): Environment => ({ ...withDotEnv(process.env), ...lan?.env })
  const config = readConfig(readEnvironment())
  const isTerminal = process.stdout.isTTY
  const log = createLog(config.logLevel, isTerminal ? terminalLog(standardOutput) : standardOutput)
  const pagesDirectory = import.meta.dirname.replace(/server$/, 'client')
  process.on('uncaughtException', (err) => log.error({ err }, 'uncaught exception'))
  const running = await startServer(config, {
    log,
    pagesDirectory,
    hasInspector,
    ...(lan && { lanAuthority: lan.certificate.authority }),
  })
  const serviceManager = findServiceManager(process.env, log)
  drainOnSignal(running, config.turn.drainTimeoutMs, serviceManager)
  process.on('SIGHUP', () => running.reload(readEnvironment()))
  const { url, lanUrls, adminUrl, turnPort } = running
  const inspectorUrl = hasInspector ? `${adminUrl}/?inspect=1` : undefined
  const addresses = {
    url,
    publicUrl: config.publicUrl && formatPublicUrl(config.publicUrl),
    lanUrls,
    adminUrl,
    inspectorUrl,
  }
  serviceManager.reportReady(addresses.publicUrl ?? url)
  // A program that reads the output expects a JSON object on every line.
  if (!isTerminal) return log.info(addresses, 'server ready')
  const { relayPorts } = config.turn.options
  printLine(
    formatSummary({ version, ...addresses, turnPort, relayPorts, lanFingerprint: lan?.certificate.fingerprint }),
  )
}

/** The first SIGINT ends the measurement; the second one ends the process. */
function loadOutput() {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const showProgress = (line: string): void => standardOutput.write(`\r\u001B[K${line}`)
  return { print: printLine, showProgress: process.stdout.isTTY ? showProgress : null, signal: stop.signal }
}

/** The first signal drains the server; the second one exits at once. */
function drainOnSignal(running: RunningServer, drainMs: number, serviceManager: ServiceManager): void {
  let isDraining = false
  const drainOrExit = (): void => {
    if (isDraining) process.exit(1)
    isDraining = true
    serviceManager.reportStopping()
    running.drain(drainMs).then(
      () => exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGTERM', drainOrExit)
  process.on('SIGINT', drainOrExit)
}

const printLine = (text: string): void => standardOutput.write(`${text}\n`)

/** Timeout in ms for flushing the last lines of output. */
const flushTimeoutMs = 500

async function exit(code: number): Promise<void> {
  await Promise.all([standardOutput.flush(flushTimeoutMs), standardError.flush(flushTimeoutMs)])
  process.exit(code)
}

function fail(error: unknown): void {
  standardError.write(`duet: ${error instanceof Error ? error.message : String(error)}\n`)
  void exit(error instanceof UsageError ? 2 : 1)
}

main().catch(fail)
