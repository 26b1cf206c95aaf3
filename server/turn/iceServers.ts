import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'
import { isLoopbackName, isNonPublicNetwork, makeCredentials, createRestId, type TurnServer } from '../../turn/index.ts'
import type { Clock } from '../common/clock.ts'
import { parseHostHeader } from '../net/hostHeader.ts'

/** Source of the ICE servers. URLs of the embedded server use the host name that the client used for this server. */
export type IceSource =
  | { type: 'none' }
  | {
      type: 'embedded'
      turn: Pick<TurnServer, 'port' | 'iceHostFor' | 'secret'>
      scheme: 'http' | 'https'
      urls: readonly string[]
    }
  | { type: 'elsewhere'; urls: readonly string[]; secret: string }

/** The part of a client session that credentials depend on. */
export interface RelayClient {
  /** Host and port by which the client knows this server. */
  readonly serverHost: string
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
  { serverHost, address, relayId, hasSeat }: RelayClient,
  expiresAtMs: number,
): IceServer[] {
  const urls = source.type === 'embedded' ? [...embeddedUrls(serverHost, source), ...source.urls] : source.urls
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

/** The web port is the last URL: it is reachable from any network that can load the page. */
function embeddedUrls(serverHost: string, { turn, scheme }: Embedded): string[] {
  const url = parseHostHeader(serverHost, scheme)
  if (!url) return []
  const name = turn.iceHostFor(url.hostname)
  const reachableHost = isLoopbackName(name) ? '127.0.0.1' : name
  const address = `${reachableHost}:${turn.port}`
  // The certificate is valid for the host name of the page.
  const webPortUrl =
    scheme === 'https' ? `turns:${url.hostname}:${url.port || 443}` : `turn:${reachableHost}:${url.port || 80}`
  return [
    `stun:${address}`,
    `turn:${address}?transport=udp`,
    `turn:${address}?transport=tcp`,
    `${webPortUrl}?transport=tcp`,
  ]
}
