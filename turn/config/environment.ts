import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Quotas, TurnOptions } from '../common/options.ts'
import { parseSettingsFile } from './parse.ts'
import { readSetting, rejectUnknownSettings, withSettingName, type Environment, type SettingValue } from './settings.ts'
import { turnSettingsTable } from './settingsTable.ts'

/** The parsed settings of `HOST`, `DUET_TURN` and `DUET_TURN_*`. */
export interface TurnSettings {
  mode: 'embedded' | 'off'
  /** `DUET_TURN_URLS`: external servers that share the secret. */
  urls: readonly string[]
  /** `DUET_TURN_HOST`: the host in ICE URLs of the embedded server. IPv6 has brackets. */
  iceHost?: string
  /** `DUET_TURN_WEB_PORT`: whether pages get the URL of TURN at the web port. */
  webPort: 'auto' | 'on' | 'off'
  /** True without `DUET_TURN_SECRET`; then `options.secrets` holds a random secret for this run. */
  isSecretRandom: boolean
  /** TLS port of `npm run turn`, used with a certificate. */
  tlsPort: number
  /** Time in ms that a shutdown waits for allocations to end. */
  drainTimeoutMs: number
  options: Omit<TurnOptions, 'log' | 'transports'>
}

/**
 * Parses the settings of an environment and of its `DUET_TURN_FILE`. Empty values count as absent.
 * @throws {Error} with a one-line message that names the variable
 */
export function readTurnSettings(processEnv: Environment): TurnSettings {
  const env = { ...processEnv, ...readFile(processEnv) }
  rejectUnknownSettings(turnSettingsTable, env, 'DUET_TURN')
  const get: Get = (name) => readSetting(turnSettingsTable, env, name)
  const secrets = get('DUET_TURN_SECRET')
  const options: TurnSettings['options'] = {
    port: get('DUET_TURN_PORT'),
    relayPorts: get('DUET_TURN_RELAY_PORTS'),
    ...omitUndefined({
      host: get('HOST'),
      proxySources: get('DUET_PROXY_PROTOCOL'),
      users: get('DUET_TURN_USERS'),
      externalIp: get('DUET_TURN_EXTERNAL_IP'),
      workers: get('DUET_TURN_WORKERS'),
    }),
    engine: get('DUET_TURN_ENGINE'),
    hasStrictExpiry: get('DUET_TURN_STRICT_EXPIRY'),
    quotas: readQuotas(get),
    realm: get('DUET_TURN_REALM'),
    selfTest: get('DUET_TURN_SELF_TEST'),
    secrets: secrets ?? [randomBytes(32).toString('base64url')],
    allowPrivatePeers: get('DUET_TURN_ALLOW_PRIVATE_PEERS'),
    allowPeers: get('DUET_TURN_ALLOW_PEERS') ?? [],
    denyPeers: get('DUET_TURN_DENY_PEERS') ?? [],
  }
  const urls = get('DUET_TURN_URLS') ?? []
  return {
    // With external servers the embedded one is off by default.
    mode: get('DUET_TURN') ?? (urls.length > 0 ? 'off' : 'embedded'),
    urls,
    ...omitUndefined({ iceHost: get('DUET_TURN_HOST') }),
    webPort: get('DUET_TURN_WEB_PORT'),
    isSecretRandom: !secrets,
    tlsPort: get('DUET_TURN_TLS_PORT'),
    drainTimeoutMs: get('DUET_TURN_DRAIN') * 1000,
    options,
  }
}

type Get = <Name extends keyof typeof turnSettingsTable>(name: Name) => SettingValue<typeof turnSettingsTable, Name>

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
  const file = readSetting(turnSettingsTable, env, 'DUET_TURN_FILE')
  if (file === undefined) return {}
  return withSettingName('DUET_TURN_FILE', () => parseSettingsFile(readFileSync(file, 'utf8')))
}

const omitUndefined = <T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
