import type { AddressKind } from './address.ts'

/** What is so about one thing that a call needs. Words for each are in texts/. */
export type Finding =
  // the page
  | { code: 'secure' }
  | { code: 'insecure' }
  | { code: 'no-webrtc' }
  // the connection to the server
  | { code: 'signaling'; roundTripMs: number }
  | { code: 'signaling-silent' }
  | { code: 'signaling-error'; errorCode: string }
  // the devices
  | { code: 'devices'; cameras: number; microphones: number }
  | { code: 'no-devices' }
  | { code: 'devices-unknown' }
  // the own addresses
  | { code: 'addresses'; kinds: AddressKind[] }
  | { code: 'no-addresses' }
  // no server to gather from
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
  // both
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

export type Severity = 'fine' | 'limited' | 'failed'

const fine = new Set<Finding['code']>(['secure', 'signaling', 'devices', 'addresses', 'mapped', 'same', 'relayed'])
/** Calls work, but not for everybody or not with everything. */
const limited = new Set<Finding['code']>([
  'no-devices',
  'devices-unknown',
  'no-addresses',
  'no-servers',
  'no-relays',
  'relayed-nearby',
])

export const severityFor = ({ code }: Finding): Severity =>
  fine.has(code) ? 'fine' : limited.has(code) ? 'limited' : 'failed'
