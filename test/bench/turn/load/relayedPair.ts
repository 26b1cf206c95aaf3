import type { Target } from './commands.ts'
import type { Network, UdpSocket } from './network.ts'
import { channel, RelayClient } from './relayClient.ts'

/** Two connected ends: each receives the packets of the other. */
export interface RelayedPair {
  readonly near: UdpSocket
  readonly far: UdpSocket
  close(): Promise<void>
}

/** The number of pairs that are opened at once. */
const concurrency = 25

/** Opens relayed pairs. Each end's peer is the other's relayed address, so the server relays every message twice. */
export const openPairs = (network: Network, target: Target, count: number): Promise<RelayedPair[]> =>
  openInBatches(count, () => openPair(network, target))

/** Opens pairs without a server. */
export const openDirectPairs = (network: Network, count: number): RelayedPair[] =>
  Array.from({ length: count }, () => {
    const [near, far] = network.openDirect()
    return { near, far, close: async () => [near, far].forEach((socket) => network.close(socket)) }
  })

/** Closes all pairs. */
export const closePairs = (pairs: RelayedPair[]): Promise<unknown> => Promise.all(pairs.map((pair) => pair.close()))

/** Opens `count` items, at most 25 at once. */
export async function openInBatches<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  while (all.length < count)
    all.push(...(await Promise.all(Array.from({ length: Math.min(concurrency, count - all.length) }, open))))
  return all
}

async function openPair(network: Network, target: Target): Promise<RelayedPair> {
  const [near, far] = [new RelayClient(network, target), new RelayClient(network, target)]
  const [here, there] = await Promise.all([near.allocate(), far.allocate()])
  await Promise.all([near.bind(there), far.bind(here)])
  const close = async (client: RelayClient): Promise<void> => {
    client.receiveResponses()
    await client.release()
  }
  return { near: near.socket, far: far.socket, close: async () => void (await Promise.all([near, far].map(close))) }
}

/** A ChannelData message with `size` bytes of data (RFC 8656 §12.4). */
export function createChannelData(size: number): Buffer {
  const packet = Buffer.alloc(4 + size, 0x5a)
  packet.writeUInt16BE(channel, 0)
  packet.writeUInt16BE(size, 2)
  return packet
}
