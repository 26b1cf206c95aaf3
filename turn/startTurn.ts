import { randomBytes } from 'node:crypto'
import { createTimeOrigin, createSystemClock } from './common/clock.ts'
import { reconfigure } from './core/reconfigure.ts'
import { RelayAddresses } from './net/relayAddresses.ts'
import { watchCertificate, readCertificate, type CertificateWatcher } from './net/certificate.ts'
import { parseExternalIps } from './net/externalIp.ts'
import { preferredIp, iceHostFor, reachableIps } from './net/bindAddresses.ts'
import { Listeners } from './net/listeners.ts'
import { TurnRuntime } from './net/turnRuntime.ts'
import { StreamConnections } from './net/streamConnections.ts'
import { TlsServers } from './net/tls.ts'
import { readCounters, drain, silentLog, startSweep, type TurnComponents } from './net/lifecycle.ts'
import type { Transport, TurnServer, TurnOptions } from './common/options.ts'
import { updateCoreRules, createSharedState, findRestartOnlyChanges, createCoreRules } from './workers/coreRules.ts'
import { selfTest } from './client/selfTest.ts'
import type { Address } from './stun/ip.ts'
import { startWorkerPool, type WorkerPool } from './workers/workerPool.ts'
import type { SharedValues } from './workers/messages.ts'
import { createWorkerOptions, createPartition } from './workers/partition.ts'
import { SharedRelayIps } from './workers/sharedRelayIps.ts'
import { sumCounters } from './workers/sumCounters.ts'

/** Starts a TURN server. Rejects with a readable Error when an option is wrong or no address can be bound. */
export async function startTurn(options: TurnOptions): Promise<TurnServer> {
  const shared: SharedValues = {
    relayIpBuffer: SharedRelayIps.createBuffer(),
    nonceKey: randomBytes(32),
    timeOrigin: createTimeOrigin(),
  }
  const parts = assemble(options, shared)
  const { listeners, runtime } = parts
  await listeners.open()
  const port = listeners.port
  let workers: WorkerPool | undefined
  try {
    workers = await startWorkerPool(createWorkerOptions({ ...options, port }, shared), runtime.log)
    return createTurnServer(options, parts, workers, await openTls(options, parts))
  } catch (error) {
    await Promise.all([listeners.close(), workers?.close()])
    throw error
  }
}

/** Creates the core of this thread and its sockets. */
function assemble(options: TurnOptions, shared: SharedValues): TurnComponents {
  const addresses = new RelayAddresses(options.externalIp ? parseExternalIps(options.externalIp) : [])
  const partition = createPartition(options, 0)
  const clock = createSystemClock(shared.timeOrigin)
  const rules = createCoreRules(options, addresses, partition, clock)
  const runtime = new TurnRuntime(
    rules,
    { log: options.log ?? silentLog, clock, threads: partition.count },
    createSharedState(options, partition, shared),
  )
  const streams = new StreamConnections(runtime)
  const transports = transportsOf(options).filter((transport) => partition.count === 1 || transport !== 'udp')
  return {
    runtime,
    streams,
    addresses,
    listeners: new Listeners(runtime, streams, addresses, { host: options.host, port: options.port, transports }),
  }
}

const transportsOf = ({ transports = ['udp', 'tcp'] }: TurnOptions): readonly Transport[] => transports

function createTurnServer(
  options: TurnOptions,
  parts: TurnComponents,
  workers: WorkerPool,
  tls: TlsListener | undefined,
): TurnServer {
  const { runtime, streams, listeners, addresses } = parts
  const reachable = (): string[] => reachableIps(listeners.addresses, addresses.ips)
  const { port } = listeners
  runtime.log.info(
    { port, tlsPort: tls?.port, addresses: listeners.addresses, relayPorts: options.relayPorts, threads: workers.size },
    'TURN server listening',
  )
  const stopClock = startSweep(parts)
  const stopTest = options.selfTest
    ? startSelfTest(runtime, { ip: preferredIp(reachable()), port }, transportsOf(options))
    : () => {}
  return {
    port,
    tlsPort: tls?.port,
    get secret() {
      return runtime.state.rules.secrets[0] ?? ''
    },
    handleConnection: (socket) => streams.accept(socket),
    iceHostFor: (pageHost) => iceHostFor(pageHost, reachable()),
    counters: () => ({
      ...sumCounters([readCounters(runtime.state), ...workers.counters()]),
      certificateDaysLeft: tls?.certificateWatcher.daysLeft(),
    }),
    reload(changes) {
      tls?.certificateWatcher.refresh()
      for (const name of findRestartOnlyChanges(options, changes))
        runtime.log.warn({ name }, 'setting change requires restart')
      reconfigure(runtime.state, updateCoreRules(runtime.state.rules, changes, createPartition(options, 0)))
      workers.reload(changes)
      runtime.log.info({}, 'TURN settings reloaded')
    },
    drain: async (timeoutMs) => void (await Promise.all([drain(runtime, timeoutMs), workers.drain(timeoutMs)])),
    async close() {
      stopClock()
      stopTest()
      tls?.certificateWatcher.stop()
      streams.close()
      await Promise.all([listeners.close(), tls?.close(), workers.close(), runtime.close()])
    },
  }
}

interface TlsListener {
  readonly port: number
  readonly certificateWatcher: CertificateWatcher
  close(): Promise<void>
}

/** Listens for TLS at the same addresses, with the current certificate of the files. */
async function openTls(
  { tls, host }: TurnOptions,
  { runtime, streams, addresses }: TurnComponents,
): Promise<TlsListener | undefined> {
  if (!tls) return undefined
  const certificate = readCertificate(tls)
  const servers = new TlsServers(streams, runtime.warnings, certificate)
  const listeners = new Listeners(runtime, streams, addresses, { host, port: tls.port, transports: ['tls'] }, servers)
  await listeners.open()
  const certificateWatcher = watchCertificate(tls, certificate, (next) => servers.setCertificate(next), runtime.log)
  return { port: listeners.port, certificateWatcher, close: () => listeners.close() }
}

/** Returns a function that silences the test, because a closing server fails every step. */
function startSelfTest(runtime: TurnRuntime, at: Address, transports: readonly Transport[]): () => void {
  let isOver = false
  void selfTest({ runtime, at, transports }).then((failures) => {
    if (isOver) return
    for (const reason of failures) runtime.log.warn({ reason }, 'self-test failed')
    if (failures.length === 0) runtime.log.info({}, 'self-test passed')
  })
  return () => void (isOver = true)
}
