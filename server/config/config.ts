import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import { AddressSet, readTurnSettings, toSecret, type Certificate, type CertificateFiles, type TurnSettings } from '../../turn/index.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export interface Config {
  /** 0 picks a free one. */
  port: number
  /** Absent: every address of this machine. */
  host?: string
  tls?: Certificate & { files: CertificateFiles }
  /** Of pages that may talk to this server besides its own. */
  allowedOrigins: readonly string[]
  /** Reverse proxies whose word for who asks is taken. */
  trustedProxies: AddressSet
  /** Where metrics, health and the inspector are served; null: nowhere. */
  admin: AdminAddress | null
  /** The origin under which people open the pages, where this server cannot know it: behind a reverse proxy. */
  publicUrl?: string
  turn: TurnSettings
  logLevel: (typeof logLevels)[number]
  /** What lasting keys are derived from, newest first; empty: a file in the state folder has it. */
  secrets: readonly string[]
  /** Absolute path of what outlasts a run of the server; null: nothing does. */
  stateFolder: string | null
}

export interface AdminAddress {
  host: string
  /** 0 picks a free one. */
  port: number
  /** Nobody asked for this one, so it is no reason to stop if it cannot be had. */
  isDefault: boolean
}

const nobody = new AddressSet([])

/** 9464 is what OpenTelemetry's exporters for Prometheus use. */
const usualAdmin: AdminAddress = { host: '127.0.0.1', port: 9464, isDefault: true }

type Environment = Readonly<Record<string, string | undefined>>

const names = [
  'DUET_TLS_CERT', 'DUET_TLS_KEY', 'DUET_ALLOWED_ORIGINS', 'DUET_PUBLIC_URL', 'DUET_TRUSTED_PROXIES', 'DUET_ADMIN', 'DUET_REDIS_URL', 'DUET_LOG_LEVEL', 'DUET_SECRET', 'DUET_STATE',
]

/** Throws an Error whose message is one line that names the variable. Empty values count as absent. */
export function readConfig(env: Environment): Config {
  refuseUnknown(env)
  const tls = readTls(read(env, 'DUET_TLS_CERT'), read(env, 'DUET_TLS_KEY'))
  const host = read(env, 'HOST')
  const publicUrl = parse(env, 'DUET_PUBLIC_URL', toPublicUrl)
  const admin = parse(env, 'DUET_ADMIN', toAdmin)
  return {
    port: parse(env, 'PORT', toPort) ?? 8000,
    ...(host && { host }),
    ...(tls && { tls }),
    allowedOrigins: parse(env, 'DUET_ALLOWED_ORIGINS', toOrigins) ?? [],
    trustedProxies: parse(env, 'DUET_TRUSTED_PROXIES', toNetwork) ?? nobody,
    admin: admin === undefined ? usualAdmin : admin === 'off' ? null : admin,
    ...(publicUrl && { publicUrl }),
    turn: readTurn(env),
    logLevel: parse(env, 'DUET_LOG_LEVEL', toLogLevel) ?? 'info',
    secrets: parse(env, 'DUET_SECRET', toSecrets) ?? [],
    stateFolder: stateFolderOf(env),
  }
}

const goneMetricsAllow = 'DUET_METRICS_ALLOW is gone: /metrics is served at DUET_ADMIN only, by default 127.0.0.1:9464; let the firewall choose who may reach another address there'

function refuseUnknown(env: Environment): void {
  if (read(env, 'DUET_METRICS_ALLOW')) throw new Error(goneMetricsAllow)
  for (const name of Object.keys(env)) {
    // Those of TURN are turn's to know.
    if (!name.startsWith('DUET_') || name.startsWith('DUET_TURN') || names.includes(name)) continue
    throw new Error(`${name} is no setting; known are ${names.join(', ')} and DUET_TURN…`)
  }
  if (read(env, 'DUET_REDIS_URL')) throw new Error('DUET_REDIS_URL: rooms live in memory only, as yet; leave it unset')
}

/** A server elsewhere takes credentials only of a secret that it knows. */
function readTurn(env: Environment): TurnSettings {
  const turn = readTurnSettings(env)
  if (turn.secretIsRandom && turn.urls.some((url) => /^turn/i.test(url))) throw new Error('DUET_TURN_SECRET is missing beside DUET_TURN_URLS')
  return turn
}

const read = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

function parse<T>(env: Environment, name: string, form: (text: string) => T): T | undefined {
  const text = read(env, name)
  return text === undefined ? undefined : naming(name, () => form(text))
}

function naming<T>(name: string, attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message.split('\n')[0]}`, { cause: error })
  }
}

/**
 * `DUET_STATE`; else what systemd's `StateDirectory=` made (systemd.exec(5)); else the user's own folder for state (XDG Base Directory
 * Specification). Without a home there is none.
 */
function stateFolderOf(env: Environment): string | null {
  const chosen = read(env, 'DUET_STATE')
  if (chosen === 'off') return null
  if (chosen) return resolve(chosen)
  const [fromSystemd] = read(env, 'STATE_DIRECTORY')?.split(':') ?? []
  if (fromSystemd) return fromSystemd
  const [home, stateHome] = [read(env, 'HOME'), read(env, 'XDG_STATE_HOME')]
  if (stateHome && isAbsolute(stateHome)) return join(stateHome, 'duet')
  return home ? join(home, '.local/state/duet') : null
}

const toSecrets = (text: string): string[] => toList(text).map(toSecret)

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65535)) throw new Error(`${JSON.stringify(text)} is not a port (0 to 65535)`)
  return port
}

const toList = (text: string): string[] => text.split(',').map((part) => part.trim())

const toOrigins = (text: string): string[] => toList(text).map(toOrigin)

const toNetwork = (text: string): AddressSet => new AddressSet(toList(text))

/** As people copy it: a slash at the end and the usual port are no harm. */
function toPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (!isOrigin) throw new Error(`${JSON.stringify(text)} is not an address such as https://duet.example.org (http or https, without a path)`)
  return url.origin
}

function toAdmin(text: string): AdminAddress | 'off' {
  if (text === 'off') return 'off'
  const [, host, ipv6, port = ''] = /^(?:([^:[\]\s]+):|\[([^[\]\s]+)\]:)?(\d+)$/.exec(text) ?? []
  const number = /^\d{1,5}$/.test(port) ? Number(port) : NaN
  const isRight = number <= 65535 && (ipv6 === undefined || isIPv6(ipv6))
  if (!isRight) throw new Error(`${JSON.stringify(text)} is none of off, a port, and an address with a port such as 127.0.0.1:9464 or [::1]:9464`)
  return { host: host ?? ipv6 ?? usualAdmin.host, port: number, isDefault: false }
}

function toOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.origin !== text || !/^https?:$/.test(url.protocol)) {
    throw new Error(`${JSON.stringify(text)} is not an origin such as https://example.org (no path, no default port)`)
  }
  return text
}

function toLogLevel(text: string): Config['logLevel'] {
  const level = logLevels.find((name) => name === text)
  if (!level) throw new Error(`${JSON.stringify(text)} is none of ${logLevels.join(', ')}`)
  return level
}

function readTls(cert: string | undefined, key: string | undefined): Config['tls'] {
  if (!cert && !key) return undefined
  if (!cert) throw new Error('DUET_TLS_CERT is missing beside DUET_TLS_KEY')
  if (!key) throw new Error('DUET_TLS_KEY is missing beside DUET_TLS_CERT')
  const tls = {
    cert: naming('DUET_TLS_CERT', () => readFileSync(cert)),
    key: naming('DUET_TLS_KEY', () => readFileSync(key)),
    files: { cert, key },
  }
  const certificate = naming('DUET_TLS_CERT', () => new X509Certificate(tls.cert))
  const privateKey = naming('DUET_TLS_KEY', () => createPrivateKey(tls.key))
  if (!certificate.checkPrivateKey(privateKey)) throw new Error('DUET_TLS_KEY: does not belong to the certificate in DUET_TLS_CERT')
  return tls
}
