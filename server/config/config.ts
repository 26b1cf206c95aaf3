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

export interface Config {
  /** 0 picks a free one. */
  port: number
  /** Absent: every address of this machine. */
  host?: string
  tls?: Certificate & { files: CertificateFiles }
  /** Of pages that may talk to this server besides its own. */
  allowedOrigins: readonly string[]
  /** Reverse proxies whose X-Forwarded-For is trusted. */
  trustedProxies: AddressSet
  /** Where metrics, health and the inspector are served; null: nowhere. */
  admin: AdminAddress | null
  /** The origin under which people open the pages, where this server cannot know it: behind a reverse proxy. */
  publicUrl?: string
  turn: TurnSettings
  logLevel: (typeof logLevels)[number]
  /** What lasting keys are derived from, newest first; empty: a file in the state directory has it. */
  secrets: readonly string[]
  /** Absolute path of what outlasts a run of the server; null: nothing does. */
  stateDirectory: string | null
}

export interface AdminAddress {
  host: string
  /** 0 picks a free one. */
  port: number
  /** Nobody asked for this one, so it is no reason to stop if it cannot be had. */
  isDefault: boolean
}

const noProxies = new AddressSet([])

/** 9464 is what OpenTelemetry's exporters for Prometheus use. */
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

/** Throws an Error whose message is one line that names the variable. Empty values count as absent. */
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
  'DUET_METRICS_ALLOW is gone: /metrics is served at DUET_ADMIN only, by default 127.0.0.1:9464; let the firewall choose who may reach another address there'

function rejectUnknownSettings(env: Environment): void {
  if (readSetting(env, 'DUET_METRICS_ALLOW')) throw new Error(metricsAllowRemoved)
  for (const name of Object.keys(env)) {
    // Those of TURN are turn's to know.
    if (!name.startsWith('DUET_') || name.startsWith('DUET_TURN') || knownSettings.includes(name)) continue
    throw new Error(`${name} is no setting; known are ${knownSettings.join(', ')} and DUET_TURN…`)
  }
  if (readSetting(env, 'DUET_REDIS_URL'))
    throw new Error('DUET_REDIS_URL: rooms live in memory only, as yet; leave it unset')
}

/** A server elsewhere takes credentials only of a secret that it knows. */
function readTurn(env: Environment): TurnSettings {
  const turn = readTurnSettings(env)
  if (turn.isSecretRandom && turn.urls.some((url) => /^turn/i.test(url)))
    throw new Error('DUET_TURN_SECRET is missing beside DUET_TURN_URLS')
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
 * `DUET_STATE`; else what systemd's `StateDirectory=` made (systemd.exec(5)); else the user's own folder for state (XDG Base Directory
 * Specification). Without a home there is none.
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

/** As people copy it: a slash at the end and the usual port are no harm. */
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
      `${JSON.stringify(text)} is not an address such as https://duet.example.org (http or https, without a path)`,
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
      `${JSON.stringify(text)} is none of off, a port, and an address with a port such as 127.0.0.1:9464 or [::1]:9464`,
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
  if (!level) throw new Error(`${JSON.stringify(text)} is none of ${logLevels.join(', ')}`)
  return level
}

function readTls(cert: string | undefined, key: string | undefined): Config['tls'] {
  if (!cert && !key) return undefined
  if (!cert) throw new Error('DUET_TLS_CERT is missing beside DUET_TLS_KEY')
  if (!key) throw new Error('DUET_TLS_KEY is missing beside DUET_TLS_CERT')
  const tls = {
    cert: withSettingName('DUET_TLS_CERT', () => readFileSync(cert)),
    key: withSettingName('DUET_TLS_KEY', () => readFileSync(key)),
    files: { cert, key },
  }
  const certificate = withSettingName('DUET_TLS_CERT', () => new X509Certificate(tls.cert))
  const privateKey = withSettingName('DUET_TLS_KEY', () => createPrivateKey(tls.key))
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error('DUET_TLS_KEY: does not belong to the certificate in DUET_TLS_CERT')
  return tls
}
