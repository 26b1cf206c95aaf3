import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import {
  AddressSet,
  readTurnSettings,
  parseSecret,
  type Certificate,
  type CertificateFiles,
  type TurnSettings,
} from '../../turn/index.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The settings of a server. */
export interface Config {
  /** 0 picks a free port. */
  port: number
  /** Address to listen on. Absent: every address of this machine. */
  host?: string
  tls?: Certificate & { files: CertificateFiles }
  /** Other origins whose pages may open a WebSocket. */
  allowedOrigins: readonly string[]
  /** Reverse proxies whose X-Forwarded-For is trusted. */
  trustedProxies: AddressSet
  /** Address for metrics, health and the inspector; null disables them. */
  admin: AdminAddress | null
  /** The origin that people open, behind a reverse proxy. The server cannot detect it. */
  publicUrl?: string
  turn: TurnSettings
  logLevel: (typeof logLevels)[number]
  /** Secrets that persistent keys derive from, newest first. Empty: the secret is a file in the state directory. */
  secrets: readonly string[]
  /** Absolute path of the state directory; null: no state survives a restart. */
  stateDirectory: string | null
}

/** Listen address of the admin listener. */
export interface AdminAddress {
  host: string
  /** 0 picks a free port. */
  port: number
  /** True without `DUET_ADMIN`: if the address is unavailable, the server starts without an admin listener. */
  isDefault: boolean
}

const noProxies = new AddressSet([])

/** 9464 is the default port of OpenTelemetry's Prometheus exporters. */
const defaultAdminAddress: AdminAddress = { host: '127.0.0.1', port: 9464, isDefault: true }

type Environment = Readonly<Record<string, string | undefined>>

const knownSettings = [
  'DUET_TLS_CERT',
  'DUET_TLS_KEY',
  'DUET_ALLOWED_ORIGINS',
  'DUET_PUBLIC_URL',
  'DUET_TRUSTED_PROXIES',
  'DUET_ADMIN',
  'DUET_REDIS_URL',
  'DUET_LOG_LEVEL',
  'DUET_SECRET',
  'DUET_STATE',
]

/**
 * Reads the settings from the environment. Empty values count as absent.
 * @throws {Error} with a message of one line that names the variable
 */
export function readConfig(env: Environment): Config {
  rejectUnknownSettings(env)
  const tls = readTls(readSetting(env, 'DUET_TLS_CERT'), readSetting(env, 'DUET_TLS_KEY'))
  const host = readSetting(env, 'HOST')
  const publicUrl = parseSetting(env, 'DUET_PUBLIC_URL', parsePublicUrl)
  const admin = parseSetting(env, 'DUET_ADMIN', parseAdminAddress)
  return {
    port: parseSetting(env, 'PORT', parsePort) ?? 8000,
    ...(host && { host }),
    ...(tls && { tls }),
    allowedOrigins: parseSetting(env, 'DUET_ALLOWED_ORIGINS', parseOrigins) ?? [],
    trustedProxies: parseSetting(env, 'DUET_TRUSTED_PROXIES', parseAddressSet) ?? noProxies,
    admin: admin === undefined ? defaultAdminAddress : admin === 'off' ? null : admin,
    ...(publicUrl && { publicUrl }),
    turn: readTurn(env),
    logLevel: parseSetting(env, 'DUET_LOG_LEVEL', parseLogLevel) ?? 'info',
    secrets: parseSetting(env, 'DUET_SECRET', parseSecrets) ?? [],
    stateDirectory: resolveStateDirectory(env),
  }
}

const metricsAllowRemoved =
  'DUET_METRICS_ALLOW was removed: only the admin listener serves /metrics (DUET_ADMIN, default 127.0.0.1:9464). Restrict access to it with a firewall.'

function rejectUnknownSettings(env: Environment): void {
  if (readSetting(env, 'DUET_METRICS_ALLOW')) throw new Error(metricsAllowRemoved)
  for (const name of Object.keys(env)) {
    // turn/ checks its own settings.
    if (!name.startsWith('DUET_') || name.startsWith('DUET_TURN') || knownSettings.includes(name)) continue
    throw new Error(`Unknown setting ${name}. Known: ${knownSettings.join(', ')} and DUET_TURN….`)
  }
  if (readSetting(env, 'DUET_REDIS_URL')) throw new Error('DUET_REDIS_URL: Redis is not supported yet. Unset it.')
}

/** An external TURN server accepts credentials only if it shares the secret. */
function readTurn(env: Environment): TurnSettings {
  const turn = readTurnSettings(env)
  if (turn.isSecretRandom && turn.urls.some((url) => /^turn/i.test(url)))
    throw new Error('DUET_TURN_SECRET is required with DUET_TURN_URLS')
  return turn
}

const readSetting = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

function parseSetting<T>(env: Environment, name: string, parseText: (text: string) => T): T | undefined {
  const text = readSetting(env, name)
  return text === undefined ? undefined : withSettingName(name, () => parseText(text))
}

function withSettingName<T>(name: string, operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message.split('\n')[0]}`, { cause: error })
  }
}

/**
 * Order: `DUET_STATE`, systemd's `StateDirectory=` (systemd.exec(5)), the user's state folder (XDG Base Directory
 * Specification). Returns null if `HOME` is unset too.
 */
function resolveStateDirectory(env: Environment): string | null {
  const chosen = readSetting(env, 'DUET_STATE')
  if (chosen === 'off') return null
  if (chosen) return resolve(chosen)
  const [fromSystemd] = readSetting(env, 'STATE_DIRECTORY')?.split(':') ?? []
  if (fromSystemd) return fromSystemd
  const [home, stateHome] = [readSetting(env, 'HOME'), readSetting(env, 'XDG_STATE_HOME')]
  if (stateHome && isAbsolute(stateHome)) return join(stateHome, 'duet')
  return home ? join(home, '.local/state/duet') : null
}

const parseSecrets = (text: string): string[] => splitList(text).map(parseSecret)

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65535)) throw new Error(`${JSON.stringify(text)} is not a port (0 to 65535)`)
  return port
}

const splitList = (text: string): string[] => text.split(',').map((part) => part.trim())

const parseOrigins = (text: string): string[] => splitList(text).map(parseOrigin)

const parseAddressSet = (text: string): AddressSet => new AddressSet(splitList(text))

/** Accepts a trailing slash and the default port, because people copy URLs with them. */
function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  if (!isOrigin)
    throw new Error(
      `${JSON.stringify(text)} is not a URL such as https://duet.example.org (http or https, without a path)`,
    )
  return url.origin
}

function parseAdminAddress(text: string): AdminAddress | 'off' {
  if (text === 'off') return 'off'
  const [, host, ipv6, port = ''] = /^(?:([^:[\]\s]+):|\[([^[\]\s]+)\]:)?(\d+)$/.exec(text) ?? []
  const number = /^\d{1,5}$/.test(port) ? Number(port) : NaN
  const isValid = number <= 65535 && (ipv6 === undefined || isIPv6(ipv6))
  if (!isValid)
    throw new Error(
      `${JSON.stringify(text)} is not off, a port, or an address with a port such as 127.0.0.1:9464 or [::1]:9464`,
    )
  return { host: host ?? ipv6 ?? defaultAdminAddress.host, port: number, isDefault: false }
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.origin !== text || !/^https?:$/.test(url.protocol)) {
    throw new Error(`${JSON.stringify(text)} is not an origin such as https://example.org (no path, no default port)`)
  }
  return text
}

function parseLogLevel(text: string): Config['logLevel'] {
  const level = logLevels.find((name) => name === text)
  if (!level) throw new Error(`${JSON.stringify(text)} is not one of ${logLevels.join(', ')}`)
  return level
}

function readTls(cert: string | undefined, key: string | undefined): Config['tls'] {
  if (!cert && !key) return undefined
  if (!cert) throw new Error('DUET_TLS_CERT is required with DUET_TLS_KEY')
  if (!key) throw new Error('DUET_TLS_KEY is required with DUET_TLS_CERT')
  const tls = {
    cert: withSettingName('DUET_TLS_CERT', () => readFileSync(cert)),
    key: withSettingName('DUET_TLS_KEY', () => readFileSync(key)),
    files: { cert, key },
  }
  const certificate = withSettingName('DUET_TLS_CERT', () => new X509Certificate(tls.cert))
  const privateKey = withSettingName('DUET_TLS_KEY', () => createPrivateKey(tls.key))
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error('DUET_TLS_KEY: the key does not match the certificate in DUET_TLS_CERT')
  return tls
}
