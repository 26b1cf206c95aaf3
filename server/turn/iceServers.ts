import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'
import { isLoopbackName, isNonPublicIp, makeCredentials, createRestId, type TurnServer } from '../../turn/index.ts'
import type { Clock } from '../common/clock.ts'
import { parseHostHeader } from '../net/hostHeader.ts'

/** Where visitors gather from. Our own is known to them by whatever name they know this server by. */
export type IceSource =
  | { type: 'none' }
  | {
      type: 'embedded'
      turn: Pick<TurnServer, 'port' | 'iceHostFor' | 'secret'>
      scheme: 'http' | 'https'
      urls: readonly string[]
    }
  | { type: 'elsewhere'; urls: readonly string[]; secret: string }

/** What credentials depend on. */
export interface RelayClient {
  /** Host and port by which the client knows this server. */
  readonly serverHost: string
  readonly address: string
  /** Identifies the client's socket to the relay. */
  readonly relayId: string
  readonly hasSeat: boolean
}

/**
 * Gives out ICE servers with credentials that end, and with nothing of the room in them. A visitor with a seat gets full ones for an
 * hour; one without, in the lobby or at `/check`, gets those of a guest for five minutes. Asking again brings no new quota.
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
  // Behind a proxy that says nothing of its clients they all have its address, and would share one quota.
  const isKnown = !isNonPublicIp(address.replace(/\/\d+$/, ''))
  const id = createRestId(secret, {
    userClass: hasSeat ? 'full' : 'guest',
    socketId: relayId,
    network: isKnown ? address : undefined,
  })
  const credentials = makeCredentials(secret, id, Math.floor(expiresAtMs / 1000))
  return [...(stun.length ? [{ urls: stun }] : []), ...(turn.length ? [{ urls: turn, ...credentials }] : [])]
}

type Embedded = Extract<IceSource, { type: 'embedded' }>

/** Last the web port, by which the page itself came: the one way that is open wherever the page is. */
function embeddedUrls(serverHost: string, { turn, scheme }: Embedded): string[] {
  const url = parseHostHeader(serverHost, scheme)
  if (!url) return []
  const name = turn.iceHostFor(url.hostname)
  const reachableHost = isLoopbackName(name) ? '127.0.0.1' : name
  const address = `${reachableHost}:${turn.port}`
  // A certificate is for the name that the page was asked for.
  const webPortUrl =
    scheme === 'https' ? `turns:${url.hostname}:${url.port || 443}` : `turn:${reachableHost}:${url.port || 80}`
  return [
    `stun:${address}`,
    `turn:${address}?transport=udp`,
    `turn:${address}?transport=tcp`,
    `${webPortUrl}?transport=tcp`,
  ]
}
