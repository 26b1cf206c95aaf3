import { quotasFor } from '../core/quotas.ts'
import { parseExternal } from '../net/externalIp.ts'
import type { CertificateFiles } from '../common/options.ts'
import type { TurnSettings } from '../config/environment.ts'
import { peerLines } from './peers.ts'

export interface CoturnWish {
  readonly settings: TurnSettings
  readonly tls?: CertificateFiles | undefined
  /** Addresses of the machine that will run it, loopback left out. */
  readonly addresses: readonly string[]
  readonly logFile: string
}

/** A turnserver.conf for coturn 4.6 and newer that takes our credentials and refuses the peers that we refuse. */
export function coturnConfig({ settings, tls, addresses, logFile }: CoturnWish): string {
  const { options, tlsPort } = settings
  const quotas = quotasFor(options.relayPorts, options.quotas)
  const pairs = options.externalIp ? parseExternal(options.externalIp) : []
  const relays = options.host ? [options.host] : addresses
  return lines([
    '# turnserver.conf, for coturn 4.6 and newer. It holds a secret: chmod 640, chgrp turnserver.',
    `listening-port=${options.port}`,
    ...(options.host ? [`listening-ip=${options.host}`, `relay-ip=${options.host}`] : []),
    `min-port=${options.relayPorts[0]}`,
    `max-port=${options.relayPorts[1]}`,
    ...pairs.map(({ outside, inside }) => `external-ip=${outside}${inside ? `/${inside}` : ''}`),
    `realm=${options.realm}`,
    'fingerprint',
    'stale-nonce=600',
    ...credentialLines(settings),
    ...(tls ? tlsLines(tls, tlsPort) : ['no-tls']),
    '',
    '# What WebRTC does not need',
    'no-dtls', 'no-cli', 'no-tcp-relay', 'no-rfc5780', 'no-stun-backward-compatibility', 'response-origin-only-with-rfc5780', 'no-software-attribute',
    '',
    '# Quotas: allocations of a user, allocations, bytes in a second each way. coturn knows no quota of a network and reserves nothing,',
    '# so that guests (users that begin with guest-) have as much as seat holders.',
    `user-quota=${quotas.user}`,
    `total-quota=${quotas.total}`,
    ...(Number.isFinite(quotas.bytes) ? [`max-bps=${quotas.bytes}`] : []),
    '',
    '# Peers that are nobody’s business',
    ...peerLines(options, relays),
    '',
    `log-file=${logFile}`,
    'simple-log',
    'new-log-timestamp',
  ])
}

/** coturn knows users of a list or REST credentials, not both. */
function credentialLines({ options: { secrets, users }, secretIsRandom }: TurnSettings): string[] {
  if (users && secretIsRandom) return ['lt-cred-mech', ...[...users].map(([name, password]) => `user=${name}:${password}`)]
  return [
    'use-auth-secret',
    ...secrets.map((secret) => `static-auth-secret=${secret}`),
    ...(users ? ['# The users of DUET_TURN_USERS cannot come in as well: coturn wants one kind of credentials.'] : []),
  ]
}

const tlsLines = ({ cert, key }: CertificateFiles, port: number): string[] =>
  [`tls-listening-port=${port}`, `cert=${cert}`, `pkey=${key}`, 'no-tlsv1', 'no-tlsv1_1']

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
