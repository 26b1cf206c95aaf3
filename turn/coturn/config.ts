import { resolveQuotas } from '../core/quotas.ts'
import { parseExternalIps } from '../net/externalIp.ts'
import type { CertificateFiles } from '../common/options.ts'
import type { TurnSettings } from '../config/environment.ts'
import { formatPeerRules } from './peers.ts'

/** Options of `createCoturnConfig` and `createSetupSteps`. */
export interface CoturnOptions {
  readonly settings: TurnSettings
  readonly tls?: CertificateFiles | undefined
  /** Non-loopback addresses of the machine that will run coturn. */
  readonly addresses: readonly string[]
  readonly logFile: string
}

/** Returns a turnserver.conf for coturn 4.6 and newer with the same credentials and peer policy as this server. */
export function createCoturnConfig({ settings, tls, addresses, logFile }: CoturnOptions): string {
  const { options, tlsPort } = settings
  const quotas = resolveQuotas(options.relayPorts, options.quotas)
  const pairs = options.externalIp ? parseExternalIps(options.externalIp) : []
  const relays = options.host ? [options.host] : addresses
  return joinLines([
    '# turnserver.conf, for coturn 4.6 and newer. It holds a secret: chmod 640, chgrp turnserver.',
    `listening-port=${options.port}`,
    ...(options.host ? [`listening-ip=${options.host}`, `relay-ip=${options.host}`] : []),
    `min-port=${options.relayPorts[0]}`,
    `max-port=${options.relayPorts[1]}`,
    ...pairs.map(({ publicIp, privateIp }) => `external-ip=${publicIp}${privateIp ? `/${privateIp}` : ''}`),
    `realm=${options.realm}`,
    'fingerprint',
    'stale-nonce=600',
    ...formatCredentials(settings),
    ...(tls ? formatTls(tls, tlsPort) : ['no-tls']),
    '',
    '# Features that WebRTC does not need',
    'no-dtls',
    'no-cli',
    'no-tcp-relay',
    'no-rfc5780',
    'no-stun-backward-compatibility',
    'response-origin-only-with-rfc5780',
    'no-software-attribute',
    '',
    '# Quotas: allocations of a user, allocations in total, bytes per second in each direction.',
    '# coturn has no network quota and no reserve. Guests (ids with the prefix guest-) have the same quotas as seats.',
    `user-quota=${quotas.user}`,
    `total-quota=${quotas.total}`,
    ...(Number.isFinite(quotas.bytesPerSecond) ? [`max-bps=${quotas.bytesPerSecond}`] : []),
    '',
    '# Denied and allowed peers',
    ...formatPeerRules(options, relays),
    '',
    `log-file=${logFile}`,
    'simple-log',
    'new-log-timestamp',
  ])
}

/** coturn accepts listed users or REST credentials, not both. */
function formatCredentials({ options: { secrets, users }, isSecretRandom }: TurnSettings): string[] {
  if (users && isSecretRandom)
    return ['lt-cred-mech', ...[...users].map(([name, password]) => `user=${name}:${password}`)]
  return [
    'use-auth-secret',
    ...secrets.map((secret) => `static-auth-secret=${secret}`),
    ...(users ? ['# Omitted: the users of DUET_TURN_USERS. coturn accepts one kind of credentials only.'] : []),
  ]
}

const formatTls = ({ cert, key }: CertificateFiles, port: number): string[] => [
  `tls-listening-port=${port}`,
  `cert=${cert}`,
  `pkey=${key}`,
  'no-tlsv1',
  'no-tlsv1_1',
]

const joinLines = (all: readonly string[]): string => `${all.join('\n')}\n`
