import { createSystemClock } from './common/clock.ts'
import type { TurnLog } from './common/log.ts'
import type { TurnCounters, TurnOptions, TurnServer } from './common/options.ts'
import { reconfigure } from './core/reconfigure.ts'
import { iceHostFor, preferredIp, reachableIps } from './net/bindAddresses.ts'
import { parseExternalIps } from './net/externalIp.ts'
import { drain, readCounters, startSweep, type TurnComponents } from './net/lifecycle.ts'
import { Listeners } from './net/listeners.ts'
import { openTls, type TlsListener } from './net/openTls.ts'
import { RelayAddresses } from './net/relayAddresses.ts'
import { StreamConnections } from './net/streamConnections.ts'
import { TurnRuntime } from './net/turnRuntime.ts'
import { startSelfTest, transportsOf } from './startSelfTest.ts'
import { createCoreRules, createSharedState, findRestartOnlyChanges, updateCoreRules } from './workers/coreRules.ts'
import type { SharedValues } from './workers/messages.ts'
import { createWorkerOptions, mainPartition } from './workers/partition.ts'
import { sumCounters } from './workers/sumCounters.ts'
import { warmUp } from './workers/warmUp.ts'
import { startWorkerPool, type WorkerPool } from './workers/workerPool.ts'

/** Starts a server with `node:dgram`. The main thread has a core, and without workers it serves UDP too. */
export async function startInMainThread(options: TurnOptions, shared: SharedValues, log: TurnLog): Promise<TurnServer> {
  const parts = assemble(options, shared, log)
  const { listeners } = parts
  // Before the first socket is bound, because the warm-up blocks the thread.
  warmUp(log)
  await listeners.open()
  const port = listeners.port
  let workers: WorkerPool | undefined
  try {
    workers = await startWorkerPool(createWorkerOptions({ ...options, port }, shared, 'dgram'), log)
    return createTurnServer(options, parts, workers, await openTls(options, parts))
  } catch (error) {
    await Promise.all([listeners.close(), workers?.close()])
    throw error
  }
}

/** Creates the core of this thread and its sockets. */
function assemble(options: TurnOptions, shared: SharedValues, log: TurnLog): TurnComponents {
  const addresses = new RelayAddresses(options.externalIp ? parseExternalIps(options.externalIp) : [])
  const partition = mainPartition(options)
  const clock = createSystemClock(shared.timeOrigin)
  const rules = createCoreRules(options, addresses, partition, clock)
  const runtime = new TurnRuntime(
    rules,
    { log, clock, threads: partition.count },
    createSharedState(options, partition, shared),
  )
  const streams = new StreamConnections(runtime, options.proxySources)
  const transports = transportsOf(options).filter((transport) => partition.count === 1 || transport !== 'udp')
  return {
    runtime,
    streams,
    addresses,
    listeners: new Listeners(runtime, streams, addresses, { host: options.host, port: options.port, transports }),
  }
}

function createTurnServer(
  options: TurnOptions,
  parts: TurnComponents,
  workers: WorkerPool,
  tls: TlsListener | undefined,
): TurnServer {
  const { runtime, streams, listeners, addresses } = parts
  const reachable = (): string[] => reachableIps(listeners.addresses, addresses.ips)
  const { port } = listeners
  const { rules, ports } = runtime.state
  runtime.log.info(
    {
      port,
      tlsPort: tls?.port,
      addresses: listeners.addresses,
      relayPorts: options.relayPorts,
      engine: 'dgram',
      threads: workers.size,
    },
    'TURN server listening',
  )
  const stopClock = startSweep(parts)
  const stopTest = startSelfTest(options, runtime.log, {
    rules,
    ports: { take: (ip) => ports.take(ip, 'any', new Set()), release: (ip, released) => ports.release(ip, released) },
    at: { ip: preferredIp(reachable()), port },
  })
  const counters = (): TurnCounters => ({
    ...sumCounters([readCounters(runtime.state), ...workers.status().map((status) => status.counters)]),
    certificateDaysLeft: tls?.certificateWatcher.daysLeft(),
  })
  return {
    engine: 'dgram',
    port,
    tlsPort: tls?.port,
    get secret() {
      return runtime.state.rules.secrets[0] ?? ''
    },
    handleConnection: (socket) => streams.accept(socket),
    iceHostFor: (pageHost) => iceHostFor(pageHost, reachable()),
    counters,
    async currentCounters() {
      await workers.refreshStatus()
      return counters()
    },
    reload(changes) {
      tls?.certificateWatcher.refresh()
      for (const name of findRestartOnlyChanges(options, changes))
        runtime.log.warn({ name }, 'setting change requires restart')
      reconfigure(runtime.state, updateCoreRules(runtime.state.rules, changes, mainPartition(options)))
      workers.reload(changes)
      runtime.log.info({}, 'TURN settings reloaded')
    },
    drain: async (timeoutMs) => void (await Promise.all([drain(runtime, timeoutMs), workers.drain(timeoutMs)])),
    async close() {
      stopClock()
      stopTest()
      streams.close()
      await Promise.all([listeners.close(), tls?.close(), workers.close(), runtime.close()])
    },
  }
}
