import { once } from 'node:events'
import { createSocket, type Socket } from 'node:dgram'
import { onTestFinished } from 'vitest'
import { TurnClient } from '../../turn/client/client.ts'
import { openTransport } from '../../turn/client/transport.ts'
import { makeCredentials, startTurn, type TurnServer, type TurnOptions } from '../../turn/index.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { read } from '../../turn/stun/message.ts'

/** A server and clients with real sockets. */
export const secret = 'a secret of this test'

export const createCredentials = (name = 'anna', secondsLeft = 3600) =>
  makeCredentials(secret, name, Math.floor(Date.now() / 1000) + secondsLeft)

/** Starts a server that closes when the test ends. */
export async function startTestServer(changes: Partial<TurnOptions> = {}): Promise<TurnServer> {
  const turn = await startTurn({
    port: 0,
    relayPorts: [61_000, 61_799],
    realm: 'test',
    secrets: [secret],
    allowPeers: ['127.0.0.1/32'],
    ...changes,
  })
  onTestFinished(() => turn.close())
  return turn
}

export interface ConnectedClient {
  readonly client: TurnClient
  /** Rejects when the connection closes. */
  readonly closed: Promise<Error>
}

export const connectClient = (
  turn: TurnServer,
  transport: 'udp' | 'tcp',
  ip = '127.0.0.1',
  credentials = createCredentials(),
): Promise<ConnectedClient> => connectTo(ip, turn.port, transport, credentials)

/** Creates a client of any server. */
export async function connectTo(
  ip: string,
  port: number,
  transport: 'udp' | 'tcp' = 'udp',
  credentials = createCredentials(),
): Promise<ConnectedClient> {
  const client = new TurnClient(credentials, 5000)
  let reportClosed: (error: Error) => void = () => {}
  const closed = new Promise<Error>((resolve) => (reportClosed = resolve))
  const listener = {
    onPacket: (packet: Buffer) => client.receive(packet),
    onError: (error: Error) => (client.fail(error), reportClosed(error)),
  }
  client.transport = await openTransport({ transport, isTurn: true, host: ip, port }, ip, listener, {
    signal: AbortSignal.timeout(5000),
  })
  onTestFinished(() => client.close())
  return { client, closed }
}

export async function allocate(client: TurnClient): Promise<Address> {
  return read(await client.request('allocate', [['requestedTransport', 17]]), 'xorRelayedAddress')!
}

/** Starts an echo peer on loopback. */
export async function startEchoPeer(): Promise<Address> {
  const socket = await createPeerSocket()
  socket.on('message', (data, from) => socket.send(data, from.port, from.address))
  return { ip: '127.0.0.1', port: socket.address().port }
}

export async function createPeerSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return socket
}

export const nextData = (client: TurnClient): Promise<[data: string, from: Address]> =>
  new Promise((resolve) => (client.onData = (data, from) => resolve([Buffer.from(data).toString(), from])))
