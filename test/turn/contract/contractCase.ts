import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import type { RunningServer, ServerName } from './serverUnderTest.ts'

/** One scenario, with the expected result of each server. */
export interface ContractCase {
  readonly name: string
  run(running: RunningServer): Promise<unknown>
  readonly expected: unknown
  /** Different results of Duet over `node:dgram`, of coturn, of coturn by default, and the reason. */
  readonly dgram?: unknown
  readonly coturn?: unknown
  readonly coturnDefault?: unknown
  readonly reason?: string
  /** True for a server whose grants end after two seconds. */
  readonly hasShortLifetime?: boolean
  readonly needsIpv6?: boolean
}

export function expectedFor(one: ContractCase, name: ServerName): unknown {
  const { expected, dgram = expected, coturn = expected, coturnDefault = coturn } = one
  return { Duet: expected, 'Duet over dgram': dgram, coturn, 'coturn by default': coturnDefault }[name]
}

export const udp: Attribute = ['requestedTransport', 17]
export const peerAddress = (address: Address): Attribute => ['xorPeerAddress', address]
export const channelNumber = (channel: number): Attribute => ['channelNumber', channel]
