import { serializeFields } from '../common/errors.ts'
import { makeCredentials, readTurnSettings, reloadTurn, startTurn } from '../index.ts'
import { LossyOutput, standardOutput } from '../common/output.ts'
import type { Environment, TurnServer, TurnLog, TurnSettings } from '../index.ts'
import { print, tomorrowSeconds } from './print.ts'
import { readTlsFiles } from './tls.ts'

const format = (level: string, fields: object, message: string): string =>
  `${level}: ${message} ${JSON.stringify(serializeFields(fields))}\n`

const errorOutput = new LossyOutput(process.stderr, undefined, (count) => format('warn', { count }, 'log lines lost'))

const createLogMethod =
  (level: string) =>
  (fields: object, message: string): void =>
    errorOutput.write(format(level, fields, message))

/** Timeout for flushing the last lines at exit, in ms. */
const flushTimeoutMs = 500

/** Warnings and errors, one line each. */
const log: TurnLog = { debug() {}, info() {}, warn: createLogMethod('warn'), error: createLogMethod('error') }

/** Runs the server until SIGTERM or SIGINT. The first signal drains; the second one exits at once. */
export async function serve(env: Environment): Promise<void> {
  logUncaughtErrors()
  const settings = readTurnSettings(env)
  const { options, isSecretRandom } = settings
  const tls = readTlsFiles(env)
  const isListed = options.users !== undefined && isSecretRandom
  const turn = await startTurn({
    ...options,
    ...(isListed && { secrets: [] }),
    ...(tls && { tls: { ...tls, port: settings.tlsPort } }),
    log,
  })
  // Before `printListening`: a process that reads its output may send a signal at once.
  process.on('SIGHUP', () => reloadTurn(turn, env, log))
  const stop = (): void => void shutDown(turn, settings.drainTimeoutMs)
  process.once('SIGTERM', stop).once('SIGINT', stop)
  printListening(turn, settings)
  if (isSecretRandom && !isListed) printCredentials(turn.secret)
}

/** A bug must not end the relayed calls. */
function logUncaughtErrors(): void {
  process.on('uncaughtException', (err) => log.error({ err }, 'uncaught exception'))
}

function printListening({ engine, port, tlsPort }: TurnServer, { options }: TurnSettings): void {
  print(
    `STUN/TURN listens on ${options.host ?? 'every address'}, UDP and TCP port ${port}${tlsPort === undefined ? '' : `, TLS port ${tlsPort}`}`,
  )
  print(
    `relay ports ${options.relayPorts.join('-')} (UDP), realm ${options.realm}${options.externalIp ? `, external IP ${options.externalIp}` : ''}`,
  )
  print(`UDP engine ${engine}`)
}

/** Prints test credentials, because the random secret of this run is not known elsewhere. */
function printCredentials(secret: string): void {
  const { username, credential } = makeCredentials(secret, 'trial', tomorrowSeconds())
  print('DUET_TURN_SECRET is not set. These credentials are valid for 24 hours, until the server stops:')
  print(`  username   ${username}\n  credential ${credential}`)
}

async function shutDown(turn: TurnServer, timeoutMs: number): Promise<void> {
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1))
  try {
    await turn.drain(timeoutMs)
    await turn.close()
    await Promise.all([standardOutput.flush(flushTimeoutMs), errorOutput.flush(flushTimeoutMs)])
    process.exit(0)
  } catch (err) {
    log.error({ err }, 'shutdown failed')
    process.exit(1)
  }
}
