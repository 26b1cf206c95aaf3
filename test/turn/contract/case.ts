import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import type { Running, SubjectName } from './subject.ts'

/** One thing that is done to a server, and what comes of it at each subject. */
export interface Case {
  readonly name: string
  act(running: Running): Promise<unknown>
  readonly is: unknown
  /** What comes of it at coturn, where that is something else; by default, where that is something else again; and the reason. */
  readonly coturn?: unknown
  readonly byDefault?: unknown
  readonly because?: string
  /** The subject keeps what it grants for two seconds. */
  readonly isShort?: boolean
  readonly needsIpv6?: boolean
}

export function expectedOf(one: Case, name: SubjectName): unknown {
  const { is, coturn = is, byDefault = coturn } = one
  return { ours: is, coturn, 'coturn by default': byDefault }[name]
}

export const udp: Attribute = ['requestedTransport', 17]
export const peerAt = (address: Address): Attribute => ['xorPeerAddress', address]
export const numbered = (channel: number): Attribute => ['channelNumber', channel]
