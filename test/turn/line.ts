import { once } from 'node:events'
import { createSocket, type Socket } from 'node:dgram'
import { onTestFinished } from 'vitest'
import { Client } from '../../turn/client/client.ts'
import { openWire } from '../../turn/client/transport.ts'
import { makeCredentials, startTurn, type Turn, type TurnOptions } from '../../turn/index.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { read } from '../../turn/stun/message.ts'

/** Real sockets: a server of this test, and clients of it. */
export const secret = 'a secret of this test'

export const login = (name = 'anna', secondsLeft = 3600) => makeCredentials(secret, name, Math.floor(Date.now() / 1000) + secondsLeft)

/** Closed when its test is over. */
export async function startForTest(changes: Partial<TurnOptions> = {}): Promise<Turn> {
  const turn = await startTurn({ port: 0, relayPorts: [50_000, 50_999], realm: 'test', secrets: [secret], allowPeers: ['127.0.0.1/32'], ...changes })
  onTestFinished(() => turn.close())
  return turn
}

export interface Caller {
  readonly client: Client
  /** Rejects when the connection ends. */
  readonly ended: Promise<Error>
}

export const call = (turn: Turn, transport: 'udp' | 'tcp', ip = '127.0.0.1', credentials = login()): Promise<Caller> =>
  callAt(ip, turn.port, transport, credentials)

/** A client of any server. */
export async function callAt(ip: string, port: number, transport: 'udp' | 'tcp' = 'udp', credentials = login()): Promise<Caller> {
  const client = new Client(credentials, 5000)
  let end: (error: Error) => void = () => {}
  const ended = new Promise<Error>((resolve) => (end = resolve))
  const listener = { packet: (packet: Buffer) => client.receive(packet), failed: (error: Error) => (client.fail(error), end(error)) }
  client.wire = await openWire({ transport, isTurn: true, host: ip, port }, ip, listener, AbortSignal.timeout(5000))
  onTestFinished(() => client.close())
  return { client, ended }
}

export async function allocate(client: Client): Promise<Address> {
  return read(await client.request('allocate', [['requestedTransport', 17]]), 'xorRelayedAddress')!
}

/** A peer on loopback that sends back what comes. */
export async function startEcho(): Promise<Address> {
  const socket = await newPeer()
  socket.on('message', (data, from) => socket.send(data, from.port, from.address))
  return { ip: '127.0.0.1', port: socket.address().port }
}

export async function newPeer(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return socket
}

export const nextData = (client: Client): Promise<[data: string, from: Address]> =>
  new Promise((resolve) => (client.onData = (data, from) => resolve([Buffer.from(data).toString(), from])))
