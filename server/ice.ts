import { randomBytes } from 'node:crypto'
import { timers } from '../machines/timers.ts'
import type { IceConfig, IceServer } from '../machines/wire.ts'
import { isLoopbackName, makeCredentials, type Turn } from '../turn/index.ts'
import type { Clock } from './clock.ts'
import { parseHost } from './host.ts'

/** Where visitors gather from. Our own is known to them by whatever name they know this server by. */
export type IceSource =
  | { type: 'none' }
  | { type: 'embedded'; turn: Pick<Turn, 'port' | 'hostFor' | 'secret'>; scheme: 'http' | 'https'; urls: readonly string[] }
  | { type: 'elsewhere'; urls: readonly string[]; secret: string }

/** Gives out ICE servers with credentials that end; each time new ones, with nothing of the room in them. */
export function iceServers(source: IceSource, clock: Clock) {
  return {
    configFor(host: string): IceConfig {
      return { iceServers: source.type === 'none' ? [] : serversFor(source, host, clock.unixTime()), lifetimeMs: timers.credentials }
    },
  }
}

function serversFor(source: Exclude<IceSource, { type: 'none' }>, host: string, at: number): IceServer[] {
  const urls = source.type === 'embedded' ? [...embeddedUrls(host, source), ...source.urls] : source.urls
  const stun = urls.filter((url) => /^stuns?:/i.test(url))
  const turn = urls.filter((url) => /^turns?:/i.test(url))
  const id = randomBytes(9).toString('base64url')
  const credentials = makeCredentials(source.type === 'embedded' ? source.turn.secret : source.secret, id, Math.floor((at + timers.credentials) / 1000))
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
