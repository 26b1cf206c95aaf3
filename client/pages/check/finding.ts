import type { AddressKind } from '../../../machines/protocol/address.ts'

/** Result of a test. `texts/` has a text for each code. */
export type Finding =
  // page
  | { code: 'secure' }
  | { code: 'insecure' }
  | { code: 'no-webrtc' }
  // signaling
  | { code: 'signaling'; roundTripMs: number }
  | { code: 'signaling-silent' }
  | { code: 'signaling-error'; errorCode: string }
  // reverse proxy
  | { code: 'proxy'; faults: ProxyFault[] }
  // devices
  | { code: 'devices'; cameras: number; microphones: number }
  | { code: 'no-devices' }
  | { code: 'devices-unknown' }
  // local addresses
  | { code: 'addresses'; kinds: AddressKind[] }
  | { code: 'no-addresses' }
  // missing ICE servers
  | { code: 'no-servers' }
  | { code: 'no-relays' }
  // STUN
  | { code: 'mapped'; address: string }
  | { code: 'same' }
  // TURN
  | { code: 'relayed'; address: string; roundTripMs: number }
  | { code: 'relayed-nearby'; address: string; roundTripMs: number }
  | { code: 'unrelayed'; address: string }
  | { code: 'unrelayed-nearby'; address: string }
  // STUN and TURN
  | { code: 'unsupported' }
  | { code: 'loopback' }
  | { code: 'unresolved' }
  | { code: 'silent' }
  | { code: 'unreachable' }
  | { code: 'untrusted' }
  | { code: 'unauthorized' }
  | { code: 'expired' }
  | { code: 'forbidden' }
  | { code: 'quota' }
  | { code: 'capacity' }
  | { code: 'error'; number: number; text: string }
  | { code: 'nothing' }

/** A setting that the reverse proxy lacks, as the server reports it (server/http/publicUrlVisit.ts). */
export type ProxyFault = 'Host' | 'X-Forwarded-For' | 'Upgrade' | 'trust'

/** How a finding affects calls. */
export type Severity = 'fine' | 'limited' | 'failed'

const fine = new Set<Finding['code']>(['secure', 'signaling', 'devices', 'addresses', 'mapped', 'same', 'relayed'])
/** Calls work, but not with everyone or not with all devices. */
const limited = new Set<Finding['code']>([
  'proxy',
  'no-devices',
  'devices-unknown',
  'no-addresses',
  'no-servers',
  'no-relays',
  'relayed-nearby',
])

/** Returns how a finding affects calls: not at all, with some people or devices, or with everyone. */
export const severityFor = ({ code }: Finding): Severity =>
  fine.has(code) ? 'fine' : limited.has(code) ? 'limited' : 'failed'
