import { isIPv6 } from 'node:net'
import { reconfigure } from './core/reconfigure.ts'
import { localAddresses, RelayAddresses } from './net/addresses.ts'
import { followCertificate, readCertificate, type Following } from './net/certificate.ts'
import { parseExternal } from './net/external.ts'
import { Listeners } from './net/listen.ts'
import { Shell } from './net/shell.ts'
import { Streams } from './net/stream.ts'
import { TlsServers } from './net/tls.ts'
import { count, drained, silent } from './running.ts'
import type { Transport, Turn, TurnOptions } from './options.ts'
import { changedRules, fixedChanges, rulesOf } from './rules.ts'
import { selfTest } from './selftest.ts'
import { familyOf, type Address } from './stun/ip.ts'

/** Starts listening; rejects with a readable error when an option is wrong or no address can be bound. */
export async function startTurn(options: TurnOptions): Promise<Turn> {
  const addresses = new RelayAddresses(options.externalIp ? parseExternal(options.externalIp) : [])
  const shell = new Shell(rulesOf(options, addresses), options.log ?? silent)
  const streams = new Streams(shell)
  const transports = options.transports ?? (['udp', 'tcp'] as const)
  const listeners = new Listeners(shell, streams, { host: options.host, port: options.port, transports })
  await listeners.open()
  const tls = await openTls(options, shell, streams).catch(async (error: unknown) => {
    await listeners.close()
    throw error
  })
  const { port } = listeners
  shell.log.info({ port, tlsPort: tls?.port, addresses: listeners.addresses, relayPorts: options.relayPorts }, 'turn listens')
  const stopClock = startClock(shell, streams, listeners, addresses)
  const stopTest = options.selfTest ? startTest(shell, { ip: askedIp(listeners.addresses), port }, transports) : () => {}
  return {
    port,
    tlsPort: tls?.port,
    get secret() {
      return shell.core.rules.secrets[0] ?? ''
    },
    serve: (socket) => streams.serve(socket),
    hostFor: (pageHost) => hostFor(pageHost, listeners.addresses),
    counters: () => ({ ...count(shell.core), certificateDays: tls?.following.daysLeft() }),
    reload(changes) {
      tls?.following.refresh()
      for (const name of fixedChanges(options, changes)) shell.log.warn({ name }, 'this needs a restart to change')
      reconfigure(shell.core, changedRules(shell.core.rules, changes))
      shell.log.info({}, 'turn reloaded')
    },
    drain: (milliseconds) => drained(shell, milliseconds),
    async close() {
      stopClock()
      stopTest()
      tls?.following.stop()
      streams.close()
      await Promise.all([listeners.close(), tls?.close(), shell.close()])
    },
  }
}

interface Tls {
  readonly port: number
  readonly following: Following
  close(): Promise<void>
}

/** At the same addresses, under the certificate that is in the files at the time. */
async function openTls({ tls, host }: TurnOptions, shell: Shell, streams: Streams): Promise<Tls | undefined> {
  if (!tls) return undefined
  const certificate = readCertificate(tls)
  const servers = new TlsServers(streams, certificate)
  const listeners = new Listeners(shell, streams, { host, port: tls.port, transports: ['tls'] }, servers)
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

/** Where most clients will ask: not on loopback, if there is anything else, and over IPv4. */
function askedIp(listening: readonly string[]): string {
  const isWildcard = listening.some((ip) => ip === '::' || ip === '0.0.0.0')
  const ips = isWildcard ? localAddresses().map(({ ip }) => ip) : listening
  return ips.find((ip) => familyOf(ip) === 4 && !ip.startsWith('127.')) ?? ips.find((ip) => familyOf(ip) === 4) ?? ips[0]!
}

/** @param listening addresses; a wildcard among them stands for all of this machine's */
function hostFor(pageHost: string, listening: readonly string[]): string {
  const isLoopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(pageHost)
  const isWildcard = listening.some((ip) => ip === '::' || ip === '0.0.0.0')
  const addresses = isWildcard ? localAddresses().map(({ ip }) => ip) : listening
  const open = addresses.find((ip) => familyOf(ip) === 4 && !ip.startsWith('127.'))
  const host = isLoopback ? (open ?? pageHost) : pageHost
  return isIPv6(host) ? `[${host}]` : host
}

/** Each second; what it frees is out of use already. */
function startClock(shell: Shell, streams: Streams, listeners: Listeners, addresses: RelayAddresses): () => void {
  const timer = setInterval(() => {
    const now = Date.now()
    shell.expire(now)
    streams.expire(now)
    if (addresses.refresh()) void listeners.follow()
  }, 1000)
  timer.unref()
  return () => clearInterval(timer)
}
