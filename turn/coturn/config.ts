import { resolveQuotas } from '../core/quotas.ts'
import { parseExternalIps } from '../net/externalIp.ts'
import type { CertificateFiles } from '../common/options.ts'
import type { TurnSettings } from '../config/environment.ts'
import { formatPeerRules } from './peers.ts'

export interface CoturnOptions {
  readonly settings: TurnSettings
  readonly tls?: CertificateFiles | undefined
  /** Addresses of the machine that will run it, loopback left out. */
  readonly addresses: readonly string[]
  readonly logFile: string
}

/** A turnserver.conf for coturn 4.6 and newer that takes our credentials and refuses the peers that we refuse. */
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
    '# What WebRTC does not need',
    'no-dtls',
    'no-cli',
    'no-tcp-relay',
    'no-rfc5780',
    'no-stun-backward-compatibility',
    'response-origin-only-with-rfc5780',
    'no-software-attribute',
    '',
    '# Quotas: allocations of a user, allocations, bytes in a second each way. coturn knows no quota of a network and reserves nothing,',
    '# so that guests (users that begin with guest-) have as much as seat holders.',
    `user-quota=${quotas.user}`,
    `total-quota=${quotas.total}`,
    ...(Number.isFinite(quotas.bytesPerSecond) ? [`max-bps=${quotas.bytesPerSecond}`] : []),
    '',
    '# Peers that are nobody’s business',
    ...formatPeerRules(options, relays),
    '',
    `log-file=${logFile}`,
    'simple-log',
    'new-log-timestamp',
  ])
}

/** coturn knows users of a list or REST credentials, not both. */
function formatCredentials({ options: { secrets, users }, isSecretRandom }: TurnSettings): string[] {
  if (users && isSecretRandom)
    return ['lt-cred-mech', ...[...users].map(([name, password]) => `user=${name}:${password}`)]
  return [
    'use-auth-secret',
    ...secrets.map((secret) => `static-auth-secret=${secret}`),
    ...(users ? ['# The users of DUET_TURN_USERS cannot come in as well: coturn wants one kind of credentials.'] : []),
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
