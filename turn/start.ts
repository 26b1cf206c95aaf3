import { randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Core, Rules } from './core/core.ts'
import { usualQuotas } from './core/quotas.ts'
import { localAddresses, RelayAddresses } from './net/addresses.ts'
import { parseExternal } from './net/external.ts'
import { Listeners } from './net/listen.ts'
import { Shell } from './net/shell.ts'
import { Streams } from './net/stream.ts'
import type { Turn, TurnCounters, TurnLog, TurnOptions } from './options.ts'
import { familyOf } from './stun/ip.ts'

const silent: TurnLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Starts listening; rejects with a readable error when an option is wrong or no address can be bound. */
export async function startTurn(options: TurnOptions): Promise<Turn> {
  const addresses = new RelayAddresses(options.externalIp ? parseExternal(options.externalIp) : [])
  const shell = new Shell(rulesOf(options, addresses), options.log ?? silent)
  const streams = new Streams(shell)
  const transports = options.transports ?? (['udp', 'tcp'] as const)
  const listeners = new Listeners(shell, streams, { host: options.host, port: options.port, transports })
  await listeners.open()
  const { port } = listeners
  shell.log.info({ port, addresses: listeners.addresses, relayPorts: options.relayPorts }, 'turn listens')
  const stopClock = startClock(shell, streams, listeners, addresses)
  return {
    port,
    hostFor: (pageHost) => hostFor(pageHost, listeners.addresses),
    counters: () => count(shell.core),
    async close() {
      stopClock()
      streams.close()
      await Promise.all([listeners.close(), shell.close()])
    },
  }
}

function rulesOf(options: TurnOptions, addresses: RelayAddresses): Rules {
  const [first, last] = options.relayPorts
  if (!(first >= 1 && first <= last && last <= 65535)) throw new Error(`relay ports ${first}-${last} are not a range of ports`)
  return {
    realm: options.realm,
    secrets: options.secrets,
    users: options.users ?? new Map(),
    isStrict: options.isStrict ?? false,
    relayPorts: options.relayPorts,
    quotas: { ...usualQuotas, ...options.quotas },
    peers: {
      allowPrivatePeers: options.allowPrivatePeers,
      allowPeers: options.allowPeers,
      denyPeers: options.denyPeers,
      isOurs: (ip) => addresses.isOurs(ip),
    },
    relayAddress: (asked, family) => addresses.choose(asked, family),
    random: randomBytes,
  }
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

function count({ allocations, counters }: Core): TurnCounters {
  const all = [...allocations.values()]
  return {
    ...counters,
    refused: { ...counters.refused },
    overQuota: { ...counters.overQuota },
    allocations: all.length,
    permissions: all.reduce((sum, { hosts }) => sum + hosts.size, 0),
    channels: all.reduce((sum, { channels }) => sum + channels.size, 0),
  }
}
