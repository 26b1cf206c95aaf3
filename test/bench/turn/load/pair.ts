import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { channel, RelayClient } from './client.ts'
import type { Target } from './orders.ts'
import { openDirect, openSocket } from './socket.ts'

/** Two ends: what one sends, the other gets. */
export interface Pair {
  near: End
  far: End
  close(): Promise<void>
}

export interface End {
  socket: Socket
  onChannel: (packet: Buffer) => void
}

/** So many are opened at once. */
const atOnce = 25

/** Each end's peer is the other's relayed address, so that a message is relayed twice for one that we send and one that we get. */
export const openPairs = (target: Target, count: number): Promise<Pair[]> => inBatches(count, () => openPair(target))

/** The same without a server between. */
export const openDirectPairs = (count: number): Promise<Pair[]> => inBatches(count, openDirectPair)

export const closePairs = (pairs: Pair[]): Promise<unknown> => Promise.all(pairs.map((pair) => pair.close()))

export async function inBatches<T>(count: number, open: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  while (all.length < count) all.push(...(await Promise.all(Array.from({ length: Math.min(atOnce, count - all.length) }, open))))
  return all
}

async function openPair(target: Target): Promise<Pair> {
  if (!target.login) return openBarePair(target.port)
  const [near, far] = await Promise.all([RelayClient.open(target), RelayClient.open(target)])
  const [here, there] = await Promise.all([near.allocate(), far.allocate()])
  await Promise.all([near.bind(there), far.bind(here)])
  return { near, far, close: async () => void (await Promise.all([near.release(), far.release()])) }
}

const openDirectPair = async (): Promise<Pair> => pairOf(await openDirect())

/** Both say a word that nobody else says, and hear it when they have found each other. */
async function openBarePair(port: number): Promise<Pair> {
  const sockets = [await openSocket(port), await openSocket(port)] as const
  const heard = sockets.map((socket) => once(socket, 'message'))
  for (const socket of sockets) socket.send(`pair of ${sockets[0].address().address} ${sockets[0].address().port}`)
  await Promise.all(heard)
  return pairOf(sockets)
}

function pairOf(sockets: readonly [Socket, Socket]): Pair {
  const [near, far] = sockets.map((socket) => {
    const end: End = { socket, onChannel: () => {} }
    socket.on('message', (packet) => end.onChannel(packet))
    return end
  }) as [End, End]
  return { near, far, close: async () => sockets.forEach((socket) => socket.close()) }
}

/** RFC 8656 §12.4: a ChannelData message of so many bytes of data. */
export function channelData(size: number): Buffer {
  const packet = Buffer.alloc(4 + size, 0x5a)
  packet.writeUInt16BE(channel, 0)
  packet.writeUInt16BE(size, 2)
  return packet
}
