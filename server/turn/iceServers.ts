import { timers } from '../../machines/protocol/timeouts.ts'
import type { IceConfig, IceServer } from '../../machines/protocol/messages.ts'
import { isLoopbackName, isNearbyIp, makeCredentials, restIdOf, type Turn } from '../../turn/index.ts'
import type { Clock } from '../common/clock.ts'
import { parseHost } from '../net/hostHeader.ts'

/** Where visitors gather from. Our own is known to them by whatever name they know this server by. */
export type IceSource =
  | { type: 'none' }
  | { type: 'embedded'; turn: Pick<Turn, 'port' | 'hostFor' | 'secret'>; scheme: 'http' | 'https'; urls: readonly string[] }
  | { type: 'elsewhere'; urls: readonly string[]; secret: string }

/** What credentials depend on. */
export interface RelayVisitor {
  /** Host and port by which the visitor knows this server. */
  readonly host: string
  readonly address: string
  /** Names the visitor's socket to the relay. */
  readonly relayId: string
  readonly hasSeat: boolean
}

/**
 * Gives out ICE servers with credentials that end, and with nothing of the room in them. A visitor with a seat gets full ones for an
 * hour; one without, in the lobby or at `/check`, gets those of a guest for five minutes. Asking again brings no new quota.
 */
export function iceServers(source: IceSource, clock: Clock) {
  return {
    configFor(visitor: RelayVisitor): IceConfig {
      const lifetimeMs = visitor.hasSeat ? timers.credentials : timers.guestCredentials
      return { iceServers: source.type === 'none' ? [] : serversFor(source, visitor, clock.unixTime() + lifetimeMs), lifetimeMs }
    },
  }
}

/** @param endsAt Unix time in ms */
function serversFor(source: Exclude<IceSource, { type: 'none' }>, { host, address, relayId, hasSeat }: RelayVisitor, endsAt: number): IceServer[] {
  const urls = source.type === 'embedded' ? [...embeddedUrls(host, source), ...source.urls] : source.urls
  const stun = urls.filter((url) => /^stuns?:/i.test(url))
  const turn = urls.filter((url) => /^turns?:/i.test(url))
  const secret = source.type === 'embedded' ? source.turn.secret : source.secret
  // Behind a proxy that says nothing of its clients they all have its address, and would share one quota.
  const isKnown = !isNearbyIp(address.replace(/\/\d+$/, ''))
  const id = restIdOf(secret, { userClass: hasSeat ? 'full' : 'guest', socket: relayId, address: isKnown ? address : undefined })
  const credentials = makeCredentials(secret, id, Math.floor(endsAt / 1000))
  return [...(stun.length ? [{ urls: stun }] : []), ...(turn.length ? [{ urls: turn, ...credentials }] : [])]
}

type Embedded = Extract<IceSource, { type: 'embedded' }>

/** Last the web port, by which the page itself came: the one way that is open wherever the page is. */
function embeddedUrls(host: string, { turn, scheme }: Embedded): string[] {
  const url = parseHost(host, scheme)
  if (!url) return []
  const name = turn.hostFor(url.hostname)
  const reached = isLoopbackName(name) ? '127.0.0.1' : name
  const at = `${reached}:${turn.port}`
  // A certificate is for the name that the page was asked for.
  const web = scheme === 'https' ? `turns:${url.hostname}:${url.port || 443}` : `turn:${reached}:${url.port || 80}`
  return [`stun:${at}`, `turn:${at}?transport=udp`, `turn:${at}?transport=tcp`, `${web}?transport=tcp`]
}
