import { randomInt } from 'node:crypto'
import { createSystemClock } from './common/clock.ts'
import type { TurnLog } from './common/log.ts'
import type { TurnCounters, TurnOptions, TurnServer } from './common/options.ts'
import { PeerPolicy } from './core/peerPolicy.ts'
import type { CoreRules } from './core/serverState.ts'
import { iceHostFor, preferredIp, reachableIps } from './net/bindAddresses.ts'
import { readCertificate } from './net/certificate.ts'
import { parseExternalIps } from './net/externalIp.ts'
import { RelayAddresses } from './net/relayAddresses.ts'
import { startSelfTest } from './startSelfTest.ts'
import { createCoreRules, findRestartOnlyChanges, updateCoreRules } from './workers/coreRules.ts'
import type { SharedValues } from './workers/messages.ts'
import { createWorkerOptions } from './workers/partition.ts'
import { sumCounters } from './workers/sumCounters.ts'
import { startWorkerPool, type WorkerPool } from './workers/workerPool.ts'

/** How often the main thread reads the addresses of this machine, in ms. */
const addressIntervalMs = 1000

/**
 * Starts a server with the batch engine. All cores are in workers, and the first worker serves streams too.
 * @throws {EngineUnavailableError} when the engine cannot run
 */
export async function startInWorkers(options: TurnOptions, shared: SharedValues, log: TurnLog): Promise<TurnServer> {
  const workerOptions = createWorkerOptions(options, shared, 'batch')
  const addresses = new RelayAddresses(options.externalIp ? parseExternalIps(options.externalIp) : [])
  const partition = { index: 0, count: workerOptions.length }
  const rules = createCoreRules(options, addresses, partition, createSystemClock(shared.timeOrigin))
  checkRules(rules)
  if (options.tls) readCertificate(options.tls)
  return createTurnServer(options, rules, addresses, await startWorkerPool(workerOptions, log), log)
}

/** @throws {Error} for a wrong CIDR */
function checkRules({ peerRules }: CoreRules): void {
  new PeerPolicy({ ...peerRules, isRelayAddress: () => false })
}

function createTurnServer(
  options: TurnOptions,
  startRules: CoreRules,
  addresses: RelayAddresses,
  workers: WorkerPool,
  log: TurnLog,
): TurnServer {
  let rules = startRules
  const { port, tlsPort, size } = workers
  const partition = { index: 0, count: size }
  const listening = (): readonly string[] => workers.status()[0]?.addresses ?? []
  const reachable = (): string[] => reachableIps(listening(), addresses.ips)
  log.info(
    { port, tlsPort, addresses: listening(), relayPorts: options.relayPorts, engine: 'batch', threads: size },
    'TURN server listening',
  )
  const stopAddresses = refreshEachSecond(addresses, log)
  const [firstPort, lastPort] = options.relayPorts
  const stopTest = startSelfTest(options, log, {
    rules,
    // If a worker takes the same port meanwhile, its Allocate continues with another one.
    ports: { take: () => randomInt(firstPort, lastPort + 1), release() {} },
    at: { ip: preferredIp(reachable()), port },
  })
  const counters = (): TurnCounters => {
    const all = workers.status().map((status) => status.counters)
    return { ...sumCounters(all), certificateDaysLeft: all[0]?.certificateDaysLeft }
  }
  return {
    engine: 'batch',
    port,
    tlsPort,
    get secret() {
      return rules.secrets[0] ?? ''
    },
    handleConnection: (socket) => workers.accept(socket),
    iceHostFor: (pageHost) => iceHostFor(pageHost, reachable()),
    counters,
    async currentCounters() {
      await workers.refreshStatus()
      return counters()
    },
    reload(changes) {
      const next = updateCoreRules(rules, changes, partition)
      checkRules(next)
      rules = next
      for (const name of findRestartOnlyChanges(options, changes)) log.warn({ name }, 'setting change requires restart')
      workers.reload(changes)
      log.info({}, 'TURN settings reloaded')
    },
    drain: (timeoutMs) => workers.drain(timeoutMs),
    async close() {
      stopAddresses()
      stopTest()
      await workers.close()
    },
  }
}

/** Reading addresses needs a file descriptor. If none is left, the old addresses stay in use. */
function refreshEachSecond(addresses: RelayAddresses, log: TurnLog): () => void {
  const timer = setInterval(() => {
    try {
      addresses.refresh()
    } catch (err) {
      log.debug({ err }, 'local addresses not read')
    }
  }, addressIntervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
