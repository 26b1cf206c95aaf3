import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { channel, RelayClient } from './relayClient.ts'
import type { Target } from './commands.ts'
import { openDirect, openSocket } from './socket.ts'

/** Two ends: what one sends, the other gets. */
export interface RelayedPair {
  near: PairEnd
  far: PairEnd
  close(): Promise<void>
}

export interface PairEnd {
  socket: Socket
  onChannel: (packet: Buffer) => void
}

/** So many are opened at once. */
const batchSize = 25

/** Each end's peer is the other's relayed address, so that a message is relayed twice for one that we send and one that we get. */
export const openPairs = (target: Target, count: number): Promise<RelayedPair[]> =>
  openInBatches(count, () => openPair(target))

/** The same without a server between. */
export const openDirectPairs = (count: number): Promise<RelayedPair[]> => openInBatches(count, openDirectPair)

export const closePairs = (pairs: RelayedPair[]): Promise<unknown> => Promise.all(pairs.map((pair) => pair.close()))

export async function openInBatches<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  while (all.length < count)
    all.push(...(await Promise.all(Array.from({ length: Math.min(batchSize, count - all.length) }, open))))
  return all
}

async function openPair(target: Target): Promise<RelayedPair> {
  if (!target.login) return openBarePair(target.port)
  const [near, far] = await Promise.all([RelayClient.open(target), RelayClient.open(target)])
  const [here, there] = await Promise.all([near.allocate(), far.allocate()])
  await Promise.all([near.bind(there), far.bind(here)])
  return { near, far, close: async () => void (await Promise.all([near.release(), far.release()])) }
}

const openDirectPair = async (): Promise<RelayedPair> => createPair(await openDirect())

/** Both say a word that nobody else says, and hear it when they have found each other. */
async function openBarePair(port: number): Promise<RelayedPair> {
  const sockets = [await openSocket(port), await openSocket(port)] as const
  const replies = sockets.map((socket) => once(socket, 'message'))
  for (const socket of sockets) socket.send(`pair of ${sockets[0].address().address} ${sockets[0].address().port}`)
  await Promise.all(replies)
  return createPair(sockets)
}

function createPair(sockets: readonly [Socket, Socket]): RelayedPair {
  const [near, far] = sockets.map((socket) => {
    const end: PairEnd = { socket, onChannel: () => {} }
    socket.on('message', (packet) => end.onChannel(packet))
    return end
  }) as [PairEnd, PairEnd]
  return { near, far, close: async () => sockets.forEach((socket) => socket.close()) }
}

/** RFC 8656 §12.4: a ChannelData message of so many bytes of data. */
export function createChannelData(size: number): Buffer {
  const packet = Buffer.alloc(4 + size, 0x5a)
  packet.writeUInt16BE(channel, 0)
  packet.writeUInt16BE(size, 2)
  return packet
}
