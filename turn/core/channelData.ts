import { encode } from '../stun/encode.ts'
import { methods } from '../stun/message.ts'
import type { Channel, Host, Relay } from './types.ts'
import type { Core } from './serverState.ts'
import { isPortOpen } from './permissions.ts'
import { spendBytes } from './quotas.ts'

/**
 * The fast lanes: what media takes, packet by packet. They look up and return what the core holds already, and
 * make nothing.
 */

/** RFC 8656 §12: the first two bits of a packet that is not STUN. */
export const isChannelData = (packet: Uint8Array): boolean => (packet[0]! & 0xc0) === 0x40

export const channelHeaderLength = 4

/** The length that a ChannelData message claims for its data. */
export const dataLengthOf = (packet: Uint8Array): number => (packet[2]! << 8) | packet[3]!

/**
 * RFC 8656 §12.6: where a client's ChannelData goes, if anywhere. The data are the `dataLengthOf` bytes after the header.
 * A channel that is live may send although its permission ran out: permissions filter what comes in.
 */
export function channelOut(core: Core, key: string, packet: Uint8Array, now: number): Channel | undefined {
  if (packet.length < channelHeaderLength || dataLengthOf(packet) > packet.length - channelHeaderLength) return undefined
  const allocation = core.allocations.get(key)
  const channel = allocation?.channels.get((packet[0]! << 8) | packet[1]!)
  if (!channel || channel.expiresAt <= now || channel.host.relay.expiresAt <= now) return undefined
  return spendBytes(core, allocation!, dataLengthOf(packet), now) ? channel : undefined
}

/** RFC 8656 §11.3: whose permission lets a peer's packet in, if any. */
function hostIn(core: Core, relay: Relay, ip: string, port: number, now: number): Host | undefined {
  const allocation = relay.owner
  if (!allocation || relay.expiresAt <= now) return undefined
  const host = allocation.hosts.get(ip)
  return host && host.expiresAt > now && isPortOpen(core, host.relaysOnly, port) ? host : undefined
}

function channelIn(host: Host, port: number, now: number): Channel | undefined {
  const channel = host.channels.get(port)
  return channel && channel.expiresAt > now ? channel : undefined
}

/** What a peer's packet becomes on its way to the client, `relay.owner.path`: ChannelData if a channel is bound. */
export function wrapIn(core: Core, relay: Relay, data: Uint8Array, ip: string, port: number, now: number): Uint8Array | undefined {
  const host = hostIn(core, relay, ip, port, now)
  if (!host || !spendBytes(core, relay.owner!, data.length, now)) return undefined
  const channel = channelIn(host, port, now)
  if (channel) return toChannelData(channel, data, relay.owner!.path.transport !== 'udp')
  return toDataIndication(host, port, data, core.rules.random(12))
}

/** RFC 8656 §12.5. @param padded on streams each message fills whole words */
function toChannelData(channel: Channel, data: Uint8Array, padded: boolean): Uint8Array {
  const length = channelHeaderLength + data.length
  const packet = Buffer.allocUnsafe(padded ? (length + 3) & ~3 : length)
  packet[0] = channel.number >> 8
  packet[1] = channel.number
  packet[2] = data.length >> 8
  packet[3] = data.length
  packet.set(data, channelHeaderLength)
  packet.fill(0, length)
  return packet
}

/** RFC 8656 §11.3. @param transaction 12 random bytes */
const toDataIndication = (host: Host, port: number, data: Uint8Array, transaction: Uint8Array): Uint8Array =>
  encode({ kind: 'indication', method: methods.data, transaction }, [['xorPeerAddress', { ip: host.named, port }], ['data', data]])
