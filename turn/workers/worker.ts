import { Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { createSystemClock } from '../common/clock.ts'
import { serializeFields } from '../common/errors.ts'
import type { TurnLog } from '../common/log.ts'
import { reconfigure } from '../core/reconfigure.ts'
import { BatchEngine } from '../engine/batchEngine.ts'
import { EngineUnavailableError } from '../engine/chooseEngine.ts'
import { OpenDescriptors } from '../engine/openDescriptors.ts'
import { loadSystemCalls } from '../engine/systemCalls.ts'
import { parseExternalIps } from '../net/externalIp.ts'
import { drain, readCounters, startSweep, type TurnComponents } from '../net/lifecycle.ts'
import { Listeners } from '../net/listeners.ts'
import { openTls, type TlsListener } from '../net/openTls.ts'
import { RelayAddresses } from '../net/relayAddresses.ts'
import { StreamConnections } from '../net/streamConnections.ts'
import { TurnRuntime } from '../net/turnRuntime.ts'
import { createCoreRules, createSharedState, updateCoreRules } from './coreRules.ts'
import type { WorkerCommand, WorkerMessage, WorkerOptions, WorkerStatus } from './messages.ts'
import { warmUp } from './warmUp.ts'

/**
 * A thread of `DUET_TURN_WORKERS`. It has its own core and serves UDP for the clients that the kernel assigns to it.
 * With the batch engine, the first thread serves TCP and TLS too.
 */
const { options, partition, shared, engine: engineName, hasStreams, descriptorBuffer } = workerData as WorkerOptions

/** Interval of `status` messages, in ms. */
const statusIntervalMs = 250

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
const descriptors = new OpenDescriptors(descriptorBuffer)

interface Thread extends TurnComponents {
  readonly tls: TlsListener | undefined
  /** Call it when every socket is closed. */
  readonly stopEngine: () => void
}

function createComponents(engine: BatchEngine | undefined): TurnComponents {
  const addresses = new RelayAddresses(options.externalIp ? parseExternalIps(options.externalIp) : [])
  const clock = createSystemClock(shared.timeOrigin)
  const runtime = new TurnRuntime(
    createCoreRules(options, addresses, partition, clock),
    { log, clock, threads: partition.count, ...(engine && { udp: engine }) },
    createSharedState(options, partition, shared),
  )
  const streams = new StreamConnections(runtime, options.proxySources)
  const { host, port, transports = ['udp', 'tcp'] } = options
  const listeners = new Listeners(runtime, streams, addresses, {
    host,
    port,
    transports: transports.filter((transport) => transport === 'udp' || hasStreams),
    isPortShared: partition.count > 1,
  })
  return { runtime, streams, listeners, addresses }
}

async function startThread(): Promise<Thread> {
  const engine = engineName === 'batch' ? new BatchEngine(loadSystemCalls(), descriptors) : undefined
  const components = createComponents(engine)
  const { streams, listeners } = components
  // Before the first socket is bound, because the warm-up blocks the thread.
  warmUp(log)
  const stopEngine = (await startEngine(engine, () => streams.hasWaiting)) ?? (() => {})
  await listeners.open()
  return { ...components, stopEngine, tls: hasStreams ? await openTls(options, components) : undefined }
}

/** Rejects with an EngineUnavailableError. */
async function startEngine(engine: BatchEngine | undefined, hasWork: () => boolean) {
  try {
    return await engine?.start(hasWork)
  } catch (error) {
    throw new EngineUnavailableError((error as Error).message, { cause: error })
  }
}

const readStatus = ({ runtime, listeners, tls }: Thread): WorkerStatus => ({
  counters: { ...readCounters(runtime.state), certificateDaysLeft: tls?.certificateWatcher.daysLeft() },
  addresses: listeners.addresses,
})

/** Returns a function that sends the status if it has changed. An idle thread sends nothing. */
function createStatusSender(thread: Thread): () => void {
  let sent = ''
  return () => {
    const status = readStatus(thread)
    const text = JSON.stringify(status)
    if (text === sent) return
    sent = text
    send({ type: 'status', status })
  }
}

try {
  const thread = await startThread()
  const stopClock = startSweep(thread)
  const statusTimer = setInterval(createStatusSender(thread), statusIntervalMs)
  const stopTimers = (): void => (stopClock(), clearInterval(statusTimer))
  parentPort!.on('message', (command: WorkerCommand) => void execute(thread, command, stopTimers))
  send({ type: 'listening', port: thread.listeners.port, tlsPort: thread.tls?.port, status: readStatus(thread) })
} catch (error) {
  const isEngineUnavailable = error instanceof EngineUnavailableError
  send({ type: 'failed', reason: (error as Error).message, isEngineUnavailable })
  // A pending immediate of the engine would keep the thread alive.
  process.exit()
}

async function execute(thread: Thread, command: WorkerCommand, stopTimers: () => void): Promise<void> {
  const { runtime, streams, listeners, tls } = thread
  if (command.type === 'reload') {
    tls?.certificateWatcher.refresh()
    return reconfigure(runtime.state, updateCoreRules(runtime.state.rules, command.changes, partition))
  }
  if (command.type === 'report') return send({ type: 'reported', status: readStatus(thread) })
  if (command.type === 'connection') {
    const socket = new Socket({ fd: command.fd })
    descriptors.delete(command.fd)
    return streams.accept(socket, command.ends)
  }
  if (command.type === 'drain') {
    await drain(runtime, command.timeoutMs)
    return send({ type: 'drained', status: readStatus(thread) })
  }
  stopTimers()
  streams.close()
  await Promise.all([listeners.close(), tls?.close(), runtime.close()])
  thread.stopEngine()
  parentPort!.close()
}
