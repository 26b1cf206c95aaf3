import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseExternal } from '../net/externalIp.ts'
import { parseIceUrl } from '../client/url.ts'
import type { Quotas, TurnOptions } from '../common/options.ts'
import { oneOf, toBoolean, toBytes, toCidrs, toCount, toInteger, toList, toPort, toPortRange, toRealm, toSecrets, toSettings, toUsers } from './parse.ts'

/** What `HOST`, `DUET_TURN` and `DUET_TURN_*` say. */
export interface TurnSettings {
  mode: 'embedded' | 'off'
  /** `DUET_TURN_URLS`: servers elsewhere that share the secret. */
  urls: readonly string[]
  /** Nobody gave a secret, so `options.secrets` holds one made at random for this run. */
  secretIsRandom: boolean
  /** For TURN alone, under a certificate. */
  tlsPort: number
  /** How long a server that ends waits for its allocations. */
  drainMs: number
  options: Omit<TurnOptions, 'log' | 'transports'>
}

export type Environment = Readonly<Record<string, string | undefined>>

/** One variable each: how it is read. A parser throws an Error that says what is wrong with the value. */
const variables = {
  DUET_TURN: oneOf(['embedded', 'off']),
  DUET_TURN_FILE: (text: string) => text,
  DUET_TURN_SELF_TEST: toBoolean,
  DUET_TURN_PORT: toPort,
  DUET_TURN_TLS_PORT: toPort,
  DUET_TURN_WORKERS: (text: string) => toInteger(text, 0, 64),
  DUET_TURN_DRAIN: (text: string) => toInteger(text, 0, 86_400),
  DUET_TURN_RELAY_PORTS: toPortRange,
  DUET_TURN_EXTERNAL_IP: (text: string) => (parseExternal(text), text),
  DUET_TURN_REALM: toRealm,
  DUET_TURN_SECRET: toSecrets,
  DUET_TURN_USERS: toUsers,
  DUET_TURN_STRICT_EXPIRY: toBoolean,
  DUET_TURN_URLS: (text: string) => toList(text).map((url) => (parseIceUrl(url), url)),
  DUET_TURN_ALLOW_PRIVATE_PEERS: toBoolean,
  DUET_TURN_ALLOW_PEERS: toCidrs,
  DUET_TURN_DENY_PEERS: toCidrs,
  DUET_TURN_QUOTA_USER: toCount,
  DUET_TURN_QUOTA_GUEST: toCount,
  DUET_TURN_QUOTA_SOURCE: toCount,
  DUET_TURN_QUOTA_GUEST_SOURCE: toCount,
  DUET_TURN_QUOTA_TOTAL: toCount,
  DUET_TURN_QUOTA_RESERVED: (text: string) => toInteger(text, 0, 100),
  DUET_TURN_QUOTA_PERMISSIONS: toCount,
  DUET_TURN_QUOTA_CHANNELS: toCount,
  DUET_TURN_QUOTA_BYTES: toBytes,
  DUET_TURN_QUOTA_SOURCE_BYTES: toBytes,
  DUET_TURN_QUOTA_TOTAL_BYTES: toBytes,
  DUET_TURN_QUOTA_CONNECTIONS: toCount,
} as const

type Name = keyof typeof variables
type ValueOf<N extends Name> = ReturnType<(typeof variables)[N]>

/** Throws an Error whose message is one line that names the variable. Empty values count as absent. */
export function readTurnSettings(outside: Environment): TurnSettings {
  const env = { ...outside, ...readFile(outside) }
  refuseUnknown(env)
  const get: Get = (name) => readVariable(env, name)
  const secrets = get('DUET_TURN_SECRET')
  const options: TurnSettings['options'] = {
    ...(env.HOST && { host: env.HOST }),
    port: get('DUET_TURN_PORT') ?? 3478,
    relayPorts: get('DUET_TURN_RELAY_PORTS') ?? [49152, 65535],
    ...definedOnly({ users: get('DUET_TURN_USERS'), isStrict: get('DUET_TURN_STRICT_EXPIRY'), externalIp: get('DUET_TURN_EXTERNAL_IP'), workers: get('DUET_TURN_WORKERS') }),
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
    // Who has servers elsewhere needs none here, unless asked for.
    mode: get('DUET_TURN') ?? (urls.length > 0 ? 'off' : 'embedded'),
    urls,
    secretIsRandom: !secrets,
    tlsPort: get('DUET_TURN_TLS_PORT') ?? 5349,
    drainMs: (get('DUET_TURN_DRAIN') ?? 30) * 1000,
    options,
  }
}

type Get = <N extends Name>(name: N) => ValueOf<N> | undefined

const readQuotas = (get: Get): Partial<Quotas> => definedOnly({
  user: get('DUET_TURN_QUOTA_USER'),
  guest: get('DUET_TURN_QUOTA_GUEST'),
  source: get('DUET_TURN_QUOTA_SOURCE'),
  guestSource: get('DUET_TURN_QUOTA_GUEST_SOURCE'),
  total: get('DUET_TURN_QUOTA_TOTAL'),
  reserved: get('DUET_TURN_QUOTA_RESERVED'),
  permissions: get('DUET_TURN_QUOTA_PERMISSIONS'),
  channels: get('DUET_TURN_QUOTA_CHANNELS'),
  bytes: get('DUET_TURN_QUOTA_BYTES'),
  sourceBytes: get('DUET_TURN_QUOTA_SOURCE_BYTES'),
  totalBytes: get('DUET_TURN_QUOTA_TOTAL_BYTES'),
  connections: get('DUET_TURN_QUOTA_CONNECTIONS'),
})

/** `DUET_TURN_FILE`: what it says is stronger than the environment, and can be changed while we run. */
function readFile(env: Environment): Environment {
  const file = env.DUET_TURN_FILE?.trim()
  if (!file) return {}
  try {
    return toSettings(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`DUET_TURN_FILE: ${(error as Error).message}`, { cause: error })
  }
}

function refuseUnknown(env: Environment): void {
  const unknown = Object.keys(env).find((name) => name.startsWith('DUET_TURN') && !(name in variables))
  if (unknown !== undefined) throw new Error(`${unknown} is no setting; known are ${Object.keys(variables).join(', ')}`)
}

function readVariable<N extends Name>(env: Environment, name: N): ValueOf<N> | undefined {
  const text = env[name]?.trim()
  if (!text) return undefined
  try {
    return variables[name](text) as ValueOf<N>
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
  }
}

const definedOnly = <T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> }
