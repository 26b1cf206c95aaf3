import { timeouts } from '../../machines/protocol/timeouts.ts'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import {
  AddressSet,
  parseFamily,
  readSetting,
  readSettingText,
  readTurnSettings,
  rejectUnknownSettings,
  withSettingName,
  type Certificate,
  type CertificateFiles,
  type Environment,
  type SettingValue,
  type TurnSettings,
} from '../../turn/index.ts'
import type { PublicUrl } from './publicUrl.ts'
import { settingsTable } from './settingsTable.ts'

type Value<Name extends keyof typeof settingsTable> = SettingValue<typeof settingsTable, Name>

/** The settings of a server. */
export interface Config {
  /** 0 picks a free port. It is also 0 with `unixSocket`. */
  port: number
  /** Takes the place of the TCP port. */
  unixSocket?: UnixSocket
  /** Address to listen on. Absent: every address of this machine. */
  host?: string
  tls?: Certificate & { files: CertificateFiles }
  /** Port that redirects http to https; null for none. Absent: not set. */
  redirectPort?: number | null
  /** Other origins whose pages may open a WebSocket. */
  allowedOrigins: readonly string[]
  /** Sources of the CSP directive `frame-ancestors`: pages that may embed a room. */
  frameAncestors: readonly string[]
  /** Reverse proxies whose X-Forwarded-For is trusted. */
  trustedProxies: AddressSet
  /** Address for metrics, health and the inspector; null disables them. */
  admin: AdminAddress | null
  /** The URL that people open, behind a reverse proxy. The server cannot detect it. */
  publicUrl?: PublicUrl
  turn: TurnSettings
  logLevel: Value<'DUET_LOG_LEVEL'>
  /** Policy of a new room whose creator selects none. */
  roomPolicy: Value<'DUET_ROOM_POLICY'>
  /** Whether pages may connect before *Join*. */
  isPreparationOn: boolean
  /** Time in ms that pages have to move to another server; 0 disconnects them at once. */
  drainSpreadMs: number
  /** Secrets that persistent keys derive from, newest first. Empty: the secret is a file in the state directory. */
  secrets: readonly string[]
  /** URLs of the Redis that holds the rooms. Absent: this process holds them. */
  redisUrls?: readonly string[]
  /** Absolute path of the state directory; null: no state survives a restart. */
  stateDirectory: string | null
}

/** A Unix socket that a reverse proxy on this machine connects to. */
export interface UnixSocket {
  readonly path: string
  /** Permission bits, such as `0o660`. A proxy needs the right to write (unix(7)). */
  readonly mode: number
}

/** Listen address of the admin listener. */
export interface AdminAddress {
  host: string
  /** 0 picks a free port. */
  port: number
  /** True without `DUET_ADMIN`: if the address is unavailable, the server starts without an admin listener. */
  isDefault: boolean
}

/**
 * Reads the settings from the environment. Empty values count as absent.
 * @throws {Error} with a message of one line that names the variable
 */
export function readConfig(env: Environment): Config {
  rejectRemovedSettings(env)
  rejectUnknownSettings(settingsTable, env, 'DUET_')
  const get = <Name extends keyof typeof settingsTable>(name: Name): Value<Name> =>
    readSetting(settingsTable, env, name)
  const [redisUrls, secrets] = [get('DUET_REDIS_URL') ?? [], get('DUET_SECRET') ?? []]
  if (redisUrls.length > 0 && secrets.length === 0)
    throw new Error('DUET_REDIS_URL needs DUET_SECRET, with the same value at all servers that share the Redis.')
  const tls = readTls(get('DUET_TLS_CERT'), get('DUET_TLS_KEY'))
  const [host, port, socketMode] = [get('HOST'), get('PORT'), get('DUET_SOCKET_MODE')]
  if (tls && typeof port === 'string')
    throw new Error('PORT is a Unix socket, where the reverse proxy has the certificate. Unset DUET_TLS_CERT.')
  const redirectPort = get('DUET_REDIRECT_PORT')
  if (redirectPort !== undefined && redirectPort !== null && !tls)
    throw new Error('DUET_REDIRECT_PORT redirects to https, which needs a certificate. Set DUET_TLS_CERT, or unset it.')
  const publicUrl = get('DUET_PUBLIC_URL')
  const trustedProxies = get('DUET_TRUSTED_PROXIES') ?? new AddressSet([])
  if (publicUrl && tls) rejectContradictions(publicUrl, tls, trustedProxies)
  const admin = get('DUET_ADMIN')
  const stateDirectory = get('DUET_STATE')
  return {
    port: typeof port === 'number' ? port : 0,
    ...(typeof port === 'string' && { unixSocket: { path: port, mode: socketMode } }),
    ...(host && { host }),
    ...(tls && { tls }),
    ...(redirectPort !== undefined && { redirectPort }),
    allowedOrigins: get('DUET_ALLOWED_ORIGINS') ?? [],
    frameAncestors: get('DUET_FRAME_ANCESTORS') ?? [],
    trustedProxies,
    admin: admin && { ...admin, isDefault: readSettingText(env, 'DUET_ADMIN') === undefined },
    ...(publicUrl && { publicUrl }),
    turn: readTurn(env),
    logLevel: get('DUET_LOG_LEVEL'),
    roomPolicy: get('DUET_ROOM_POLICY'),
    isPreparationOn: get('DUET_PREPARE') === 'on',
    // Only other servers that share the rooms are there for certain.
    drainSpreadMs: get('DUET_DRAIN') ?? (redisUrls.length > 0 ? timeouts.drainSpreadMs : 0),
    secrets,
    ...(redisUrls.length > 0 && { redisUrls }),
    stateDirectory: stateDirectory === undefined ? findStateDirectory(env) : stateDirectory,
  }
}

function rejectRemovedSettings(env: Environment): void {
  if (readSettingText(env, 'DUET_METRICS_ALLOW') === undefined) return
  throw new Error(
    'DUET_METRICS_ALLOW was removed: only the admin listener serves /metrics ' +
      `(DUET_ADMIN, default ${settingsTable.DUET_ADMIN.default}). Restrict access to it with a firewall.`,
  )
}

/** @throws {Error} if this certificate cannot serve the URL. A proxy in between has a certificate of its own. */
function rejectContradictions({ scheme, hostname }: PublicUrl, { cert }: Certificate, proxies: AddressSet): void {
  if (scheme === 'http')
    throw new Error('DUET_PUBLIC_URL begins with http, but with DUET_TLS_CERT the web port uses https. Write https.')
  const certificate = new X509Certificate(cert)
  if (proxies.isEmpty && !isValidFor(certificate, hostname))
    throw new Error(
      `DUET_PUBLIC_URL: the certificate in DUET_TLS_CERT is not valid for ${withoutBrackets(hostname)}. ` +
        'Behind a proxy with a certificate of its own, set DUET_TRUSTED_PROXIES, or unset DUET_TLS_CERT.',
    )
}

/** Whether one of the certificate's names is this one. @param hostname a name or an address, as in `URL.hostname` */
export function isValidFor(certificate: X509Certificate, hostname: string): boolean {
  const name = withoutBrackets(hostname)
  return (parseFamily(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined
}

const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/** An external TURN server accepts credentials only if it shares the secret. */
function readTurn(env: Environment): TurnSettings {
  const turn = readTurnSettings(env)
  if (turn.isSecretRandom && turn.urls.some((url) => /^turn/i.test(url)))
    throw new Error('DUET_TURN_SECRET is required with DUET_TURN_URLS')
  if (turn.mode === 'off' && turn.iceHost)
    throw new Error('DUET_TURN_HOST is the host of the embedded TURN server, but DUET_TURN is off. Unset one of them.')
  if (turn.mode === 'off' && turn.webPort === 'on')
    throw new Error('DUET_TURN_WEB_PORT=on needs the embedded TURN server, but DUET_TURN is off. Unset one of them.')
  return turn
}

/**
 * The default of `DUET_STATE`: systemd's `StateDirectory=` (systemd.exec(5)), or the user's state folder (XDG Base
 * Directory Specification). Returns null if `HOME` is unset too.
 */
function findStateDirectory(env: Environment): string | null {
  const [fromSystemd] = readSettingText(env, 'STATE_DIRECTORY')?.split(':') ?? []
  if (fromSystemd) return fromSystemd
  const [home, stateHome] = [readSettingText(env, 'HOME'), readSettingText(env, 'XDG_STATE_HOME')]
  if (stateHome && isAbsolute(stateHome)) return join(stateHome, 'duet')
  return home ? join(home, '.local/state/duet') : null
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
