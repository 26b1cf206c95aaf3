import { randomBytes } from 'node:crypto'
import { timers } from '../machines/timers.ts'
import type { IceConfig, IceServer } from '../machines/wire.ts'
import { makeCredentials, type Turn } from '../turn/index.ts'
import type { Clock } from './clock.ts'
import { isLocalName, parseHost } from './host.ts'

/** Where visitors gather from. Our own is known to them by whatever name they know this server by. */
export type IceSource =
  | { type: 'none' }
  | { type: 'embedded'; turn: Pick<Turn, 'port' | 'hostFor'>; secret: string }
  | { type: 'elsewhere'; urls: readonly string[]; secret: string }

/** Gives out ICE servers with credentials that end; each time new ones, with nothing of the room in them. */
export function iceServers(source: IceSource, clock: Clock) {
  return {
    configFor(host: string): IceConfig {
      return { iceServers: source.type === 'none' ? [] : serversFor(source, host, clock.now()), lifetimeMs: timers.credentials }
    },
  }
}

function serversFor(source: Exclude<IceSource, { type: 'none' }>, host: string, at: number): IceServer[] {
  const urls = source.type === 'embedded' ? embeddedUrls(host, source.turn) : source.urls
  const stun = urls.filter((url) => /^stuns?:/i.test(url))
  const turn = urls.filter((url) => /^turns?:/i.test(url))
  const id = randomBytes(9).toString('base64url')
  const credentials = makeCredentials(source.secret, id, Math.floor((at + timers.credentials) / 1000))
  return [...(stun.length ? [{ urls: stun }] : []), ...(turn.length ? [{ urls: turn, ...credentials }] : [])]
}

function embeddedUrls(host: string, { port, hostFor }: Pick<Turn, 'port' | 'hostFor'>): string[] {
  const url = parseHost(host)
  if (!url) return []
  const name = hostFor(url.hostname)
  const at = `${isLocalName(name) ? '127.0.0.1' : name}:${port}`
  return [`stun:${at}`, `turn:${at}?transport=udp`, `turn:${at}?transport=tcp`]
}
