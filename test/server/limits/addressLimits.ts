import { limits, serverLimits } from '../../../machines/protocol/limits.ts'
import { bindingLimit, challengeLimit, handshakeLimit } from '../../../turn/core/hashedRateLimiter.ts'
import { siteQuotaFactor } from '../../../turn/core/meter.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'

/** A resource that the clients of one address share. */
interface AddressLimit {
  /** The counted thing, with its unit. */
  resource: string
  /** For one IPv4 address; null without a limit. */
  ipv4: number | string | null
  /** For one IPv6 /64. */
  ipv6Source: number | string | null
  /** For one IPv6 /48. */
  ipv6Site: number | string | null
  /** The limit or quota, as `file` spells it. */
  name: string
  /** The setting that changes it, or further limits that apply. Default: `name`. */
  shown?: string
  /** The file that enforces it. */
  file: string
  /** The file that reads the limit and passes it to `file`. Default: `file`. */
  reader?: string
}

const format = (value: number | string | null): string =>
  value === null ? '–' : typeof value === 'string' ? value : value.toLocaleString('en')

const formatRate = (burst: number, perSecond: number, unit = 'a second'): string =>
  `${format(burst)}, then ${format(perSecond)} ${unit}`

/** An IPv4 address and an IPv6 /64 have the same limit; a /48 has none. */
const perSource = (value: number | string) => ({ ipv4: value, ipv6Source: value, ipv6Site: null })
/** As `perSource`, with a multiple for a /48. */
const perSourceAndSite = (value: number, factor: number = siteQuotaFactor) => ({
  ipv4: value,
  ipv6Source: value,
  ipv6Site: factor * value,
})
const { addressBudgetsPerSite } = serverLimits
/** An IPv4 address and an IPv6 /48 have the same limit; a /64 has none. */
const perSite = (value: number) => ({ ipv4: value, ipv6Source: null, ipv6Site: value })
const unlimited = { ipv4: null, ipv6Source: null, ipv6Site: null }

const frameBudgets = serverLimits.socketBudgetsPerAddress * serverLimits.framesPerRequest
const frameRate = (addressBudgets: number): string =>
  formatRate(
    addressBudgets * frameBudgets * limits.messageBurst,
    addressBudgets * frameBudgets * limits.messagesPerSecond,
  )

const handshakeRate = (factor: number): string =>
  formatRate(factor * serverLimits.tlsHandshakesPerAddress, factor * serverLimits.tlsHandshakesPerSecond)

/** Every limit of one address, and the resources that have none. */
export const addressLimits: readonly AddressLimit[] = [
  {
    resource: 'open WebSockets',
    ...perSourceAndSite(serverLimits.socketsPerAddress, addressBudgetsPerSite),
    name: 'socketsPerAddress',
    file: 'server/ws/upgradeGuard.ts',
  },
  {
    resource: 'connections without a WebSocket',
    ...unlimited,
    name: 'maxConnections',
    shown: 'only `plainConnectionsTotal`: the largest network loses its oldest connection',
    file: 'server/http/plainConnections.ts',
  },
  {
    resource: 'TLS handshakes at the web port',
    ipv4: handshakeRate(1),
    ipv6Source: handshakeRate(1),
    ipv6Site: handshakeRate(siteQuotaFactor),
    name: 'tlsHandshakesPerAddress',
    shown: '`tlsHandshakesPerAddress`, `tlsHandshakesPerSecond`',
    file: 'turn/net/handshakeQueue.ts',
    reader: 'server/http/httpServer.ts',
  },
  {
    resource: 'unanswered HTTP requests (downloads)',
    ...unlimited,
    name: 'requestsInFlightPerConnection',
    shown: 'only `requestsInFlightPerConnection`; at `requestsInFlightTotal` the largest network loses a connection',
    file: 'server/http/inFlightRequests.ts',
  },
  {
    resource: 'rooms that it created and that still exist',
    ...perSite(serverLimits.roomsHeldPerNetwork),
    name: 'roomsHeldPerNetwork',
    file: 'server/rooms/memoryStore.ts',
    reader: 'server/rooms/roomService.ts',
  },
  {
    resource: 'rooms that it restored after a crash, or created',
    ...perSite(serverLimits.roomsRestoredPerNetwork),
    name: 'roomsRestoredPerNetwork',
    file: 'server/rooms/memoryStore.ts',
    reader: 'server/rooms/roomService.ts',
  },
  {
    resource: 'requests for admission to one room, a minute',
    ...perSite(serverLimits.asksPerNetworkPerMinute),
    name: 'asksPerNetworkPerMinute',
    file: 'server/rooms/roomService.ts',
  },
  {
    resource: 'joins without a token that wait after a crash',
    ...perSite(serverLimits.waitingJoinsPerNetwork),
    name: 'waitingJoinsPerNetwork',
    file: 'server/rooms/startupHold.ts',
  },
  {
    resource: 'new rooms a minute',
    ...perSourceAndSite(serverLimits.newRoomsPerAddressPerMinute, addressBudgetsPerSite),
    name: 'newRoomsPerAddressPerMinute',
    file: 'server/limits/rateLimiter.ts',
  },
  {
    resource: 'failed joins a minute',
    ...perSourceAndSite(serverLimits.failedJoinsPerAddressPerMinute, addressBudgetsPerSite),
    name: 'failedJoinsPerAddressPerMinute',
    file: 'server/limits/rateLimiter.ts',
  },
  {
    resource: `WebSocket frames; one counts once more for each ${format(serverLimits.bytesPerFrameToken)} bytes`,
    ...perSource(frameRate(1)),
    ipv6Site: frameRate(addressBudgetsPerSite),
    name: 'socketBudgetsPerAddress',
    shown: '`socketBudgetsPerAddress` × `framesPerRequest` × `messageBurst`, `messagesPerSecond`',
    file: 'server/ws/frameMeter.ts',
  },
  {
    resource: 'bytes of unfinished and waiting frames',
    ...perSite(serverLimits.unreadBytesPerNetwork),
    name: 'unreadBytesPerNetwork',
    file: 'server/ws/frameMeter.ts',
  },
  {
    resource: 'bytes in send buffers',
    ...perSite(serverLimits.unsentBytesPerNetwork),
    name: 'unsentBytesPerNetwork',
    file: 'server/ws/sendBuffers.ts',
  },
  {
    resource: 'bytes of heap in mailboxes that it fills',
    ...perSite(serverLimits.mailboxBytesPerNetwork),
    name: 'mailboxBytesPerNetwork',
    file: 'server/rooms/mailboxBytes.ts',
  },
  {
    resource: 'TURN credentials',
    ...unlimited,
    name: 'relayId',
    shown: 'all credentials of a WebSocket share one `DUET_TURN_QUOTA_USER`',
    file: 'server/turn/iceServers.ts',
  },
  {
    resource: 'TURN allocations',
    ...perSourceAndSite(defaultQuotas.source),
    name: 'source',
    shown: '`DUET_TURN_QUOTA_SOURCE`',
    file: 'turn/core/quotas.ts',
  },
  {
    resource: 'TURN allocations of pages without a seat',
    ...perSourceAndSite(defaultQuotas.guestSource),
    name: 'guestSource',
    shown: '`DUET_TURN_QUOTA_GUEST_SOURCE`',
    file: 'turn/core/quotas.ts',
  },
  {
    resource: 'relayed bytes a second',
    ...perSourceAndSite(defaultQuotas.sourceBytesPerSecond),
    name: 'sourceBytesPerSecond',
    shown: '`DUET_TURN_QUOTA_SOURCE_BYTES`',
    file: 'turn/core/quotas.ts',
  },
  {
    resource: 'TCP and TLS connections to TURN',
    ...perSource(defaultQuotas.connections),
    name: 'connections',
    shown: '`DUET_TURN_QUOTA_CONNECTIONS`',
    file: 'turn/net/streamConnections.ts',
  },
  {
    resource: 'TLS handshakes at the TLS port of TURN',
    ipv4: formatRate(handshakeLimit.burst, handshakeLimit.perSecond),
    ipv6Source: formatRate(handshakeLimit.burst, handshakeLimit.perSecond),
    ipv6Site: formatRate(siteQuotaFactor * handshakeLimit.burst, siteQuotaFactor * handshakeLimit.perSecond),
    name: 'handshakeLimit',
    shown: '`handshakeLimit` in `turn/core/hashedRateLimiter.ts`',
    file: 'turn/net/handshakeQueue.ts',
    reader: 'turn/net/streamConnections.ts',
  },
  {
    resource: 'STUN errors over UDP to requests without credentials',
    ...perSource(formatRate(challengeLimit.burst, challengeLimit.perSecond * 120, 'in 120 s')),
    name: 'challengeLimit',
    shown: '`challengeLimit` in that file',
    file: 'turn/core/hashedRateLimiter.ts',
  },
  {
    resource: 'STUN Binding responses over UDP',
    ...perSource(formatRate(bindingLimit.burst, bindingLimit.perSecond)),
    name: 'bindingLimit',
    shown: '`bindingLimit` in that file',
    file: 'turn/core/hashedRateLimiter.ts',
  },
]

/** The limits of one address as the Markdown table of docs/architecture.md. */
export const addressLimitsTable = (): string =>
  [
    '| resource | IPv4 address | IPv6 /64 | IPv6 /48 | limit or setting | enforced in |',
    '|---|---|---|---|---|---|',
    ...addressLimits.map(
      ({ resource, ipv4, ipv6Source, ipv6Site, name, shown, file }) =>
        `| ${resource} | ${format(ipv4)} | ${format(ipv6Source)} | ${format(ipv6Site)} | ${shown ?? `\`${name}\``} | \`${file}\` |`,
    ),
  ].join('\n')
