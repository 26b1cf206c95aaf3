import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'
import { isLoopbackName, isNonPublicNetwork, makeCredentials, createRestId, type TurnServer } from '../../turn/index.ts'
import type { Clock } from '../common/clock.ts'
import { parseHostHeader } from '../net/hostHeader.ts'
import type { Access } from '../net/trustedProxies.ts'

/** Source of the ICE servers. URLs of the embedded server use the host name that the client used for this server. */
export type IceSource =
  | { type: 'none' }
  | {
      type: 'embedded'
      turn: Pick<TurnServer, 'port' | 'iceHostFor' | 'secret'>
      scheme: 'http' | 'https'
      urls: readonly string[]
      /** `DUET_TURN_HOST`. Default: the host that the client used. */
      iceHost?: string | undefined
      webPort: WebPortUrls
    }
  | { type: 'elsewhere'; urls: readonly string[]; secret: string }

/** Whether clients get the URL of TURN at the web port. */
export interface WebPortUrls {
  /** URLs for clients of `DUET_PUBLIC_URL`. */
  publicUrls(): readonly string[]
  /** True if clients that connect without a proxy get the port that they used. */
  isOfferedDirectly: boolean
}

/** The part of a client session that credentials depend on. */
export interface RelayClient {
  /** Host and port by which the client knows this server. */
  readonly serverHost: string
  readonly access: Access
  readonly address: string
  /** Identifies the client's socket to the relay. */
  readonly relayId: string
  readonly hasSeat: boolean
}

/**
 * Creates the source of ICE servers with expiring credentials, which contain nothing about the room.
 * A client with a seat gets credentials for one hour. A client without, in the lobby or at `/check`, gets guest
 * credentials for five minutes. A repeated request does not reset the quota, because the id is the same for a
 * whole WebSocket.
 */
export function createIceConfigSource(source: IceSource, clock: Clock) {
  return {
    createConfig(client: RelayClient): IceConfig {
      const lifetimeMs = client.hasSeat ? timeouts.turnCredentialLifetimeMs : timeouts.guestTurnCredentialLifetimeMs
      return {
        iceServers: source.type === 'none' ? [] : buildIceServers(source, client, clock.unixTimeMs() + lifetimeMs),
        lifetimeMs,
      }
    },
  }
}

/** @param expiresAtMs Unix time in ms */
function buildIceServers(
  source: Exclude<IceSource, { type: 'none' }>,
  client: RelayClient,
  expiresAtMs: number,
): IceServer[] {
  const { address, relayId, hasSeat } = client
  const urls = source.type === 'embedded' ? [...embeddedUrls(client, source), ...source.urls] : source.urls
  const stun = urls.filter((url) => /^stuns?:/i.test(url))
  const turn = urls.filter((url) => /^turns?:/i.test(url))
  const secret = source.type === 'embedded' ? source.turn.secret : source.secret
  // Clients behind a proxy without `X-Forwarded-For` have its address, and would share one quota.
  const isKnown = !isNonPublicNetwork(address)
  const id = createRestId(secret, {
    userClass: hasSeat ? 'seat' : 'guest',
    socketId: relayId,
    network: isKnown ? address : undefined,
  })
  const credentials = makeCredentials(secret, id, Math.floor(expiresAtMs / 1000))
  return [...(stun.length ? [{ urls: stun }] : []), ...(turn.length ? [{ urls: turn, ...credentials }] : [])]
}

type Embedded = Extract<IceSource, { type: 'embedded' }>

function embeddedUrls({ serverHost, access }: RelayClient, { turn, scheme, iceHost, webPort }: Embedded): string[] {
  const url = parseHostHeader(serverHost, scheme)
  const pageHost = url && turn.iceHostFor(url.hostname)
  const host = iceHost ?? (pageHost && isLoopbackName(pageHost) ? '127.0.0.1' : pageHost)
  if (!host) return []
  const address = `${host}:${turn.port}`
  return [
    `stun:${address}`,
    `turn:${address}?transport=udp`,
    `turn:${address}?transport=tcp`,
    ...(access === 'public' ? webPort.publicUrls() : []),
    ...(access === 'direct' && webPort.isOfferedDirectly && url ? [directWebPortUrl(url, pageHost ?? host)] : []),
  ]
}

/** The web port is the last URL: it is reachable from any network that can load the page. */
function directWebPortUrl({ protocol, hostname, port }: URL, pageHost: string): string {
  // The certificate is valid for the host name of the page.
  if (protocol === 'https:') return webPortUrl('https', hostname, Number(port) || 443)
  return webPortUrl('http', isLoopbackName(pageHost) ? '127.0.0.1' : pageHost, Number(port) || 80)
}

/** Returns the URL of TURN at a web port. @param host IPv6 has brackets */
export const webPortUrl = (scheme: 'http' | 'https', host: string, port: number): string =>
  `${scheme === 'https' ? 'turns' : 'turn'}:${host}:${port}?transport=tcp`
