import { randomBytes } from 'node:crypto'
import { newOrigin, systemClock } from './common/clock.ts'
import { reconfigure } from './core/reconfigure.ts'
import { RelayAddresses } from './net/relayAddresses.ts'
import { followCertificate, readCertificate, type Following } from './net/certificate.ts'
import { parseExternal } from './net/externalIp.ts'
import { askedIp, hostFor, reachableIps } from './net/bindAddresses.ts'
import { Listeners } from './net/listeners.ts'
import { Shell } from './net/turnRuntime.ts'
import { Streams } from './net/streamConnections.ts'
import { TlsServers } from './net/tls.ts'
import { count, drained, silent, startClock, type Parts } from './net/lifecycle.ts'
import type { Transport, Turn, TurnOptions } from './common/options.ts'
import { changedRules, commonOf, fixedChanges, rulesOf } from './workers/coreRules.ts'
import { selfTest } from './client/selfTest.ts'
import type { Address } from './stun/ip.ts'
import { startCrew, type Crew } from './workers/workerPool.ts'
import type { Shared } from './workers/messages.ts'
import { dutiesOf, shareOf } from './workers/partition.ts'
import { SharedRelayIps } from './workers/sharedRelayIps.ts'
import { sum } from './workers/sumCounters.ts'

/** Starts listening; rejects with a readable error when an option is wrong or no address can be bound. */
export async function startTurn(options: TurnOptions): Promise<Turn> {
  const shared: Shared = { memory: SharedRelayIps.newMemory(), nonceKey: randomBytes(32), timeOrigin: newOrigin() }
  const parts = assemble(options, shared)
  const { listeners, shell } = parts
  await listeners.open()
  const port = listeners.port
  let crew: Crew | undefined
  try {
    crew = await startCrew(dutiesOf({ ...options, port }, shared), shell.log)
    return serve(options, parts, crew, await openTls(options, parts))
  } catch (error) {
    await Promise.all([listeners.close(), crew?.close()])
    throw error
  }
}

/** The core of this thread, and what is around it. */
function assemble(options: TurnOptions, shared: Shared): Parts {
  const addresses = new RelayAddresses(options.externalIp ? parseExternal(options.externalIp) : [])
  const share = shareOf(options, 0)
  const clock = systemClock(shared.timeOrigin)
  const shell = new Shell(rulesOf(options, addresses, share, clock), { log: options.log ?? silent, clock, threads: share.of }, commonOf(options, share, shared))
  const streams = new Streams(shell)
  const own = transportsOf(options).filter((transport) => share.of === 1 || transport !== 'udp')
  return { shell, streams, addresses, listeners: new Listeners(shell, streams, addresses, { host: options.host, port: options.port, transports: own }) }
}

const transportsOf = ({ transports = ['udp', 'tcp'] }: TurnOptions): readonly Transport[] => transports

function serve(options: TurnOptions, parts: Parts, crew: Crew, tls: Tls | undefined): Turn {
  const { shell, streams, listeners, addresses } = parts
  const reachable = (): string[] => reachableIps(listeners.addresses, addresses.ips)
  const { port } = listeners
  shell.log.info({ port, tlsPort: tls?.port, addresses: listeners.addresses, relayPorts: options.relayPorts, threads: crew.size }, 'turn listens')
  const stopClock = startClock(parts)
  const stopTest = options.selfTest ? startTest(shell, { ip: askedIp(reachable()), port }, transportsOf(options)) : () => {}
  return {
    port,
    tlsPort: tls?.port,
    get secret() {
      return shell.core.rules.secrets[0] ?? ''
    },
    serve: (socket) => streams.serve(socket),
    hostFor: (pageHost) => hostFor(pageHost, reachable()),
    counters: () => ({ ...sum([count(shell.core), ...crew.counters()]), certificateDays: tls?.following.daysLeft() }),
    reload(changes) {
      tls?.following.refresh()
      for (const name of fixedChanges(options, changes)) shell.log.warn({ name }, 'this needs a restart to change')
      reconfigure(shell.core, changedRules(shell.core.rules, changes, shareOf(options, 0)))
      crew.reload(changes)
      shell.log.info({}, 'turn reloaded')
    },
    drain: async (milliseconds) => void (await Promise.all([drained(shell, milliseconds), crew.drain(milliseconds)])),
    async close() {
      stopClock()
      stopTest()
      tls?.following.stop()
      streams.close()
      await Promise.all([listeners.close(), tls?.close(), crew.close(), shell.close()])
    },
  }
}

interface Tls {
  readonly port: number
  readonly following: Following
  close(): Promise<void>
}

/** At the same addresses, under the certificate that is in the files at the time. */
async function openTls({ tls, host }: TurnOptions, { shell, streams, addresses }: Parts): Promise<Tls | undefined> {
  if (!tls) return undefined
  const certificate = readCertificate(tls)
  const servers = new TlsServers(streams, shell.warnings, certificate)
  const listeners = new Listeners(shell, streams, addresses, { host, port: tls.port, transports: ['tls'] }, servers)
  await listeners.open()
  const following = followCertificate(tls, certificate, (next) => servers.renew(next), shell.log)
  return { port: listeners.port, following, close: () => listeners.close() }
}

/** Returns what makes it say nothing any more: a server that closes fails every test. */
function startTest(shell: Shell, at: Address, transports: readonly Transport[]): () => void {
  let isOver = false
  void selfTest({ shell, at, transports }).then((failures) => {
    if (isOver) return
    for (const failure of failures) shell.log.warn({}, `self-test: ${failure}`)
    if (failures.length === 0) shell.log.info({}, 'self-test passed')
  })
  return () => void (isOver = true)
}
