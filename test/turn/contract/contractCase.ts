import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import type { RunningServer, ServerName } from './serverUnderTest.ts'

/** One thing that is done to a server, and what comes of it at each subject. */
export interface ContractCase {
  readonly name: string
  run(running: RunningServer): Promise<unknown>
  readonly expected: unknown
  /** What comes of it at coturn, where that is something else; by default, where that is something else again; and the reason. */
  readonly coturn?: unknown
  readonly coturnDefault?: unknown
  readonly reason?: string
  /** The subject keeps what it grants for two seconds. */
  readonly hasShortLifetime?: boolean
  readonly needsIpv6?: boolean
}

export function expectedFor(one: ContractCase, name: ServerName): unknown {
  const { expected, coturn = expected, coturnDefault = coturn } = one
  return { ours: expected, coturn, 'coturn by default': coturnDefault }[name]
}

export const udp: Attribute = ['requestedTransport', 17]
export const peerAddress = (address: Address): Attribute => ['xorPeerAddress', address]
export const channelNumber = (channel: number): Attribute => ['channelNumber', channel]
