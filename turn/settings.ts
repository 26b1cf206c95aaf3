import { randomBytes } from 'node:crypto'
import { Ranges } from './core/cidr.ts'
import { parseExternal } from './net/external.ts'
import { parseIceUrl } from './client/url.ts'
import type { TurnOptions } from './options.ts'

/** What `HOST`, `DUET_TURN` and `DUET_TURN_*` say. */
export interface TurnSettings {
  mode: 'embedded' | 'off'
  /** `DUET_TURN_URLS`: servers elsewhere that share the secret. */
  urls: readonly string[]
  /** Nobody gave a secret, so `options.secrets` holds one made at random for this run. */
  secretIsRandom: boolean
  options: Omit<TurnOptions, 'log' | 'transports'>
}

type Environment = Readonly<Record<string, string | undefined>>

/** One variable each: how it is read. A parser throws an Error that says what is wrong with the value. */
const variables = {
  DUET_TURN: oneOf(['embedded', 'off']),
  DUET_TURN_PORT: toPort,
  DUET_TURN_RELAY_PORTS: toPortRange,
  DUET_TURN_EXTERNAL_IP: (text: string) => (parseExternal(text), text),
  DUET_TURN_REALM: toRealm,
  DUET_TURN_SECRET: toList,
  DUET_TURN_USERS: toUsers,
  DUET_TURN_STRICT_EXPIRY: toBoolean,
  DUET_TURN_URLS: (text: string) => toList(text).map((url) => (parseIceUrl(url), url)),
  DUET_TURN_ALLOW_PRIVATE_PEERS: toBoolean,
  DUET_TURN_ALLOW_PEERS: toCidrs,
  DUET_TURN_DENY_PEERS: toCidrs,
  DUET_TURN_QUOTA_USER: (text: string) => toInteger(text, 1, 1_000_000),
} as const

type Name = keyof typeof variables
type ValueOf<N extends Name> = ReturnType<(typeof variables)[N]>

/** Throws an Error whose message is one line that names the variable. Empty values count as absent. */
export function readTurnSettings(env: Environment): TurnSettings {
  refuseUnknown(env)
  const get = <N extends Name>(name: N): ValueOf<N> | undefined => readVariable(env, name)
  const secrets = get('DUET_TURN_SECRET')
  const options: TurnSettings['options'] = {
    ...(env.HOST && { host: env.HOST }),
    port: get('DUET_TURN_PORT') ?? 3478,
    relayPorts: get('DUET_TURN_RELAY_PORTS') ?? [49152, 65535],
    ...definedOnly({ users: get('DUET_TURN_USERS'), isStrict: get('DUET_TURN_STRICT_EXPIRY'), externalIp: get('DUET_TURN_EXTERNAL_IP'), quotaUser: get('DUET_TURN_QUOTA_USER') }),
    realm: get('DUET_TURN_REALM') ?? 'duet',
    secrets: secrets ?? [randomBytes(32).toString('base64url')],
    allowPrivatePeers: get('DUET_TURN_ALLOW_PRIVATE_PEERS') ?? false,
    allowPeers: get('DUET_TURN_ALLOW_PEERS') ?? [],
    denyPeers: get('DUET_TURN_DENY_PEERS') ?? [],
  }
  return { mode: get('DUET_TURN') ?? 'embedded', urls: get('DUET_TURN_URLS') ?? [], secretIsRandom: !secrets, options }
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

function oneOf<const T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice === undefined) throw new Error(`${JSON.stringify(text)} is none of ${choices.join(', ')}`)
    return choice
  }
}

function toInteger(text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(number >= least && number <= most)) throw new Error(`${JSON.stringify(text)} is not a whole number from ${least} to ${most}`)
  return number
}

function toPort(text: string): number {
  return toInteger(text, 0, 65535)
}

function toPortRange(text: string): readonly [number, number] {
  const [first = '', last = ''] = text.split('-')
  const range = [toInteger(first, 1, 65535), toInteger(last, 1, 65535)] as const
  if (range[0] > range[1] || text.split('-').length !== 2) throw new Error(`${JSON.stringify(text)} is not a range such as 49152-65535`)
  return range
}

/** RFC 8489 §14.9: it is quoted on the wire. */
function toRealm(text: string): string {
  if (!/^[^\p{Cc}"\\:]{1,127}$/u.test(text)) throw new Error('a realm has 1 to 127 characters, no quotes, colons or control characters')
  return text
}

function toBoolean(text: string): boolean {
  return oneOf(['true', 'false', '1', '0', 'yes', 'no'])(text) in { true: 1, 1: 1, yes: 1 }
}

function toList(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.includes('')) throw new Error('an empty part between commas')
  return parts
}

/** The password may hold colons; neither may hold a comma. */
function toUsers(text: string): ReadonlyMap<string, string> {
  const pairs = toList(text).map((part) => /^([^:]+):(.+)$/s.exec(part))
  const users = new Map(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
  if (pairs.includes(null) || users.size < pairs.length) throw new Error('not a list such as name:password,name:password, each name once')
  return users
}

function toCidrs(text: string): readonly string[] {
  const cidrs = toList(text)
  new Ranges(cidrs)
  return cidrs
}
