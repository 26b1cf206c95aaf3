import { parentPort, workerData } from 'node:worker_threads'
import { createSystemClock } from '../common/clock.ts'
import { reconfigure } from '../core/reconfigure.ts'
import { serializeFields } from '../common/errors.ts'
import { RelayAddresses } from '../net/relayAddresses.ts'
import { parseExternalIps } from '../net/externalIp.ts'
import { Listeners } from '../net/listeners.ts'
import { TurnRuntime } from '../net/turnRuntime.ts'
import { StreamConnections } from '../net/streamConnections.ts'
import type { TurnLog } from '../common/log.ts'
import { updateCoreRules, createSharedState, createCoreRules } from './coreRules.ts'
import { readCounters, drain, startSweep } from '../net/lifecycle.ts'
import type { WorkerOptions, WorkerMessage, WorkerCommand } from './messages.ts'

/**
 * A thread of `DUET_TURN_WORKERS`. It has its own core and serves UDP for the clients that the kernel assigns to it.
 */
const { options, partition, shared } = workerData as WorkerOptions
const send = (message: WorkerMessage): void => parentPort!.postMessage(message)
const createLogMethod =
  (level: keyof TurnLog) =>
  (fields: object, message: string): void =>
    send({ type: 'log', level, fields: serializeFields(fields), message })
const log: TurnLog = {
  debug: createLogMethod('debug'),
  info: createLogMethod('info'),
  warn: createLogMethod('warn'),
  error: createLogMethod('error'),
}

const addresses = new RelayAddresses(options.externalIp ? parseExternalIps(options.externalIp) : [])
const clock = createSystemClock(shared.timeOrigin)
const rules = createCoreRules(options, addresses, partition, clock)
const runtime = new TurnRuntime(
  rules,
  { log, clock, threads: partition.count },
  createSharedState(options, partition, shared),
)
const streams = new StreamConnections(runtime)
const listeners = new Listeners(runtime, streams, addresses, {
  host: options.host,
  port: options.port,
  transports: ['udp'],
  isPortShared: true,
})

try {
  await listeners.open()
  const stopClock = startSweep({ runtime, streams, listeners, addresses })
  const counting = setInterval(() => send({ type: 'counters', counters: readCounters(runtime.state) }), 1000)
  parentPort!.on(
    'message',
    (command: WorkerCommand) => void execute(command, () => (stopClock(), clearInterval(counting))),
  )
  send({ type: 'listening' })
} catch (error) {
  send({ type: 'failed', reason: (error as Error).message })
}

async function execute(command: WorkerCommand, stopTimers: () => void): Promise<void> {
  if (command.type === 'reload')
    return reconfigure(runtime.state, updateCoreRules(runtime.state.rules, command.changes, partition))
  if (command.type === 'drain') {
    await drain(runtime, command.timeoutMs)
    return send({ type: 'drained' })
  }
  stopTimers()
  await Promise.all([listeners.close(), runtime.close()])
  parentPort!.close()
}
