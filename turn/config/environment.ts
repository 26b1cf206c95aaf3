import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseExternalIps } from '../net/externalIp.ts'
import { parseIceUrl } from '../client/url.ts'
import type { Quotas, TurnOptions } from '../common/options.ts'
import {
  oneOf,
  parseBoolean,
  parseBytesPerSecond,
  parseCidrs,
  parseCount,
  parseInteger,
  parseList,
  parsePort,
  parsePortRange,
  parseRealm,
  parseSecrets,
  parseSettingsFile,
  parseUsers,
} from './parse.ts'

/** The parsed settings of `HOST`, `DUET_TURN` and `DUET_TURN_*`. */
export interface TurnSettings {
  mode: 'embedded' | 'off'
  /** `DUET_TURN_URLS`: external servers that share the secret. */
  urls: readonly string[]
  /** True without `DUET_TURN_SECRET`; then `options.secrets` holds a random secret for this run. */
  isSecretRandom: boolean
  /** TLS port of `npm run turn`, used with a certificate. */
  tlsPort: number
  /** Time in ms that a shutdown waits for allocations to end. */
  drainTimeoutMs: number
  options: Omit<TurnOptions, 'log' | 'transports'>
}

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The parser of each variable. It throws an Error that describes a wrong value. */
const parsers = {
  DUET_TURN: oneOf(['embedded', 'off']),
  DUET_TURN_FILE: (text: string) => text,
  DUET_TURN_SELF_TEST: parseBoolean,
  DUET_TURN_PORT: parsePort,
  DUET_TURN_TLS_PORT: parsePort,
  DUET_TURN_WORKERS: (text: string) => parseInteger(text, 0, 64),
  DUET_TURN_DRAIN: (text: string) => parseInteger(text, 0, 86_400),
  DUET_TURN_RELAY_PORTS: parsePortRange,
  DUET_TURN_EXTERNAL_IP: (text: string) => (parseExternalIps(text), text),
  DUET_TURN_REALM: parseRealm,
  DUET_TURN_SECRET: parseSecrets,
  DUET_TURN_USERS: parseUsers,
  DUET_TURN_STRICT_EXPIRY: parseBoolean,
  DUET_TURN_URLS: (text: string) => parseList(text).map((url) => (parseIceUrl(url), url)),
  DUET_TURN_ALLOW_PRIVATE_PEERS: parseBoolean,
  DUET_TURN_ALLOW_PEERS: parseCidrs,
  DUET_TURN_DENY_PEERS: parseCidrs,
  DUET_TURN_QUOTA_USER: parseCount,
  DUET_TURN_QUOTA_GUEST: parseCount,
  DUET_TURN_QUOTA_SOURCE: parseCount,
  DUET_TURN_QUOTA_GUEST_SOURCE: parseCount,
  DUET_TURN_QUOTA_TOTAL: parseCount,
  DUET_TURN_QUOTA_RESERVED: (text: string) => parseInteger(text, 0, 100),
  DUET_TURN_QUOTA_PERMISSIONS: parseCount,
  DUET_TURN_QUOTA_CHANNELS: parseCount,
  DUET_TURN_QUOTA_BYTES: parseBytesPerSecond,
  DUET_TURN_QUOTA_SOURCE_BYTES: parseBytesPerSecond,
  DUET_TURN_QUOTA_TOTAL_BYTES: parseBytesPerSecond,
  DUET_TURN_QUOTA_CONNECTIONS: parseCount,
} as const

type Name = keyof typeof parsers
type ValueOf<N extends Name> = ReturnType<(typeof parsers)[N]>

/**
 * Parses the settings of an environment and of its `DUET_TURN_FILE`. Empty values count as absent.
 * @throws {Error} with a one-line message that names the variable
 */
export function readTurnSettings(processEnv: Environment): TurnSettings {
  const env = { ...processEnv, ...readFile(processEnv) }
  rejectUnknown(env)
  const get: Get = (name) => readVariable(env, name)
  const secrets = get('DUET_TURN_SECRET')
  const options: TurnSettings['options'] = {
    ...(env.HOST && { host: env.HOST }),
    port: get('DUET_TURN_PORT') ?? 3478,
    relayPorts: get('DUET_TURN_RELAY_PORTS') ?? [49152, 65535],
    ...omitUndefined({
      users: get('DUET_TURN_USERS'),
      hasStrictExpiry: get('DUET_TURN_STRICT_EXPIRY'),
      externalIp: get('DUET_TURN_EXTERNAL_IP'),
      workers: get('DUET_TURN_WORKERS'),
    }),
    quotas: readQuotas(get),
    realm: get('DUET_TURN_REALM') ?? 'duet',
    selfTest: get('DUET_TURN_SELF_TEST') ?? true,
    secrets: secrets ?? [randomBytes(32).toString('base64url')],
    allowPrivatePeers: get('DUET_TURN_ALLOW_PRIVATE_PEERS') ?? false,
    allowPeers: get('DUET_TURN_ALLOW_PEERS') ?? [],
    denyPeers: get('DUET_TURN_DENY_PEERS') ?? [],
  }
  const urls = get('DUET_TURN_URLS') ?? []
  return {
    // With external servers the embedded one is off by default.
    mode: get('DUET_TURN') ?? (urls.length > 0 ? 'off' : 'embedded'),
    urls,
    isSecretRandom: !secrets,
    tlsPort: get('DUET_TURN_TLS_PORT') ?? 5349,
    drainTimeoutMs: (get('DUET_TURN_DRAIN') ?? 30) * 1000,
    options,
  }
}

type Get = <N extends Name>(name: N) => ValueOf<N> | undefined

const readQuotas = (get: Get): Partial<Quotas> =>
  omitUndefined({
    user: get('DUET_TURN_QUOTA_USER'),
    guest: get('DUET_TURN_QUOTA_GUEST'),
    source: get('DUET_TURN_QUOTA_SOURCE'),
    guestSource: get('DUET_TURN_QUOTA_GUEST_SOURCE'),
    total: get('DUET_TURN_QUOTA_TOTAL'),
    reservedPercent: get('DUET_TURN_QUOTA_RESERVED'),
    permissions: get('DUET_TURN_QUOTA_PERMISSIONS'),
    channels: get('DUET_TURN_QUOTA_CHANNELS'),
    bytesPerSecond: get('DUET_TURN_QUOTA_BYTES'),
    sourceBytesPerSecond: get('DUET_TURN_QUOTA_SOURCE_BYTES'),
    totalBytesPerSecond: get('DUET_TURN_QUOTA_TOTAL_BYTES'),
    connections: get('DUET_TURN_QUOTA_CONNECTIONS'),
  })

/** Reads `DUET_TURN_FILE`. It overrides the environment and can change while the server runs. */
function readFile(env: Environment): Environment {
  const file = env.DUET_TURN_FILE?.trim()
  if (!file) return {}
  try {
    return parseSettingsFile(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`DUET_TURN_FILE: ${(error as Error).message}`, { cause: error })
  }
}

function rejectUnknown(env: Environment): void {
  const unknown = Object.keys(env).find((name) => name.startsWith('DUET_TURN') && !(name in parsers))
  if (unknown !== undefined) throw new Error(`Unknown setting ${unknown}. Known: ${Object.keys(parsers).join(', ')}`)
}

function readVariable<N extends Name>(env: Environment, name: N): ValueOf<N> | undefined {
  const text = env[name]?.trim()
  if (!text) return undefined
  try {
    return parsers[name](text) as ValueOf<N>
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
  }
}

const omitUndefined = <T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
