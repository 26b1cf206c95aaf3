import { encode } from '../stun/encode.ts'
import { methods } from '../stun/message.ts'
import type { Allocation, Channel, Permission, Relay } from './types.ts'
import type { ServerState } from './serverState.ts'
import { isPeerPortAllowed } from './permissions.ts'
import { spendBytes } from './quotas.ts'

/** The per-packet path of media. These functions return existing state and allocate no objects. */

/** RFC 8656 §12: true if the first two bits mark ChannelData instead of STUN. */
export const isChannelData = (packet: Uint8Array): boolean => (packet[0]! & 0xc0) === 0x40

/** Channel number and length (RFC 8656 §12.4). */
export const channelHeaderBytes = 4

/** Returns the data length in the header of a ChannelData message, in bytes. */
export const readDataLength = (packet: Uint8Array): number => (packet[2]! << 8) | packet[3]!

/**
 * Returns the channel for a client's ChannelData, or undefined if the packet is dropped (RFC 8656 §12.6).
 * The data are the `readDataLength` bytes after the header.
 * A live channel may send after its permission expired, because permissions filter inbound packets only.
 */
export function relayFromClient(state: ServerState, key: string, packet: Uint8Array, now: number): Channel | undefined {
  if (packet.length < channelHeaderBytes || readDataLength(packet) > packet.length - channelHeaderBytes)
    return undefined
  const allocation = state.allocations.get(key)
  return allocation && spendOutbound(state, allocation, (packet[0]! << 8) | packet[1]!, readDataLength(packet), now)
}

/**
 * Returns the channel for data from the client of an allocation, and counts the bytes. Returns undefined if the data are
 * dropped.
 */
export function spendOutbound(
  state: ServerState,
  allocation: Allocation,
  channelNumber: number,
  bytes: number,
  now: number,
): Channel | undefined {
  const channel = allocation.channels.get(channelNumber)
  if (!channel || channel.expiresAt <= now || channel.permission.relay.expiresAt <= now) return undefined
  return spendBytes(state, allocation, bytes, now) ? channel : undefined
}

/**
 * Returns whether a packet from the peer of a channel goes to the client as ChannelData now. For a caller that remembers
 * the channel of a peer: a channel that was unbound since then is not open.
 */
export const isChannelOpen = (state: ServerState, relay: Relay, channel: Channel, now: number): boolean =>
  relay.expiresAt > now &&
  channel.expiresAt > now &&
  channel.permission.expiresAt > now &&
  isPeerPortAllowed(state, channel.permission.isRelayPortsOnly, channel.port) &&
  relay.allocation?.channels.get(channel.number) === channel

/** Returns the live channel of a peer at a relay, if any. */
export const findChannelOf = (relay: Relay, ip: string, port: number): Channel | undefined =>
  relay.allocation?.permissions.get(ip)?.channels.get(port)

/** RFC 8656 §11.3: the permission that admits a peer's packet, if any. */
function findInboundPermission(
  state: ServerState,
  relay: Relay,
  ip: string,
  port: number,
  now: number,
): Permission | undefined {
  const allocation = relay.allocation
  if (!allocation || relay.expiresAt <= now) return undefined
  const permission = allocation.permissions.get(ip)
  return permission && permission.expiresAt > now && isPeerPortAllowed(state, permission.isRelayPortsOnly, port)
    ? permission
    : undefined
}

function findInboundChannel(permission: Permission, port: number, now: number): Channel | undefined {
  const channel = permission.channels.get(port)
  return channel && channel.expiresAt > now ? channel : undefined
}

/**
 * Wraps a peer's packet for the client of `relay.allocation`: ChannelData if a channel is bound, else a Data
 * indication.
 * Returns undefined if the packet is dropped.
 */
export function relayToClient(
  state: ServerState,
  relay: Relay,
  data: Uint8Array,
  ip: string,
  port: number,
  now: number,
): Uint8Array | undefined {
  const permission = findInboundPermission(state, relay, ip, port, now)
  if (!permission || !spendBytes(state, relay.allocation!, data.length, now)) return undefined
  const channel = findInboundChannel(permission, port, now)
  if (channel) return encodeChannelData(channel, data, relay.allocation!.fiveTuple.transport !== 'udp')
  if (!fitsInIndication(permission, data.length)) return undefined
  return encodeDataIndication(permission, port, data, state.rules.randomBytes(12))
}

/**
 * Returns whether a payload of this length, in bytes, fits in a Data indication. Over IPv4 each one does; reassembled
 * IPv6 fragments can carry more. The 16-bit length of a message is a multiple of four (RFC 8489 §5).
 * XOR-PEER-ADDRESS takes 24 bytes of it with IPv6 and 12 with IPv4, and the header of DATA 4.
 */
const fitsInIndication = ({ requestedIp }: Permission, length: number): boolean =>
  length <= 65_532 - 4 - (requestedIp.includes(':') ? 24 : 12)

/** RFC 8656 §12.5. @param isPadded true on streams, where messages are padded to four bytes */
function encodeChannelData(channel: Channel, data: Uint8Array, isPadded: boolean): Uint8Array {
  const length = channelHeaderBytes + data.length
  const packet = Buffer.allocUnsafe(isPadded ? (length + 3) & ~3 : length)
  packet[0] = channel.number >> 8
  packet[1] = channel.number
  packet[2] = data.length >> 8
  packet[3] = data.length
  packet.set(data, channelHeaderBytes)
  packet.fill(0, length)
  return packet
}

/** Encodes a Data indication (RFC 8656 §11.3). @param transactionId 12 random bytes */
const encodeDataIndication = (
  permission: Permission,
  port: number,
  data: Uint8Array,
  transactionId: Uint8Array,
): Uint8Array =>
  encode({ messageClass: 'indication', method: methods.data, transactionId }, [
    ['xorPeerAddress', { ip: permission.requestedIp, port }],
    ['data', data],
  ])
