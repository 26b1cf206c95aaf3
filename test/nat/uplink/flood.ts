import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { TurnClient } from '../../../turn/client/client.ts'
import { openTransport } from '../../../turn/client/transport.ts'
import { makeCredentials } from '../../../turn/index.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { read } from '../../../turn/stun/message.ts'
import type { FloodCommand, FloodResult } from './messages.ts'

/** Two clients of a relay and their peer. One client floods; the packets of the other are counted and timed. */
const [ownIp = '', secret = ''] = process.argv.slice(2)
const channel = 0x4001
const packetBytes = 1000
const probeBytes = 60
const probeIntervalMs = 50
const tickMs = 5

interface RelayedClient {
  readonly client: TurnClient
  readonly relayed: Address
}

process.on('message', (order: FloodCommand) => void run(order).then((result) => process.send!(result)))
process.on('disconnect', () => process.exit())
process.send!('listening')

async function run({ serverIp, direction, bytes, bytesPerSecond }: FloodCommand): Promise<FloodResult> {
  const peer = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 }).bind(0, ownIp)
  await once(peer, 'listening')
  const [flooded, probed] = [await openClient(serverIp, peer), await openClient(serverIp, peer)]
  const delays = { flood: [] as number[], probe: [] as number[] }
  const send = direction === 'clients' ? createPeerSender(peer) : sendFromClient
  if (direction === 'clients') {
    flooded.client.receive = (packet) => void delays.flood.push(readAgeMs(packet.subarray(4)))
    probed.client.receive = (packet) => void delays.probe.push(readAgeMs(packet.subarray(4)))
  } else {
    peer.on(
      'message',
      (packet, { port }) => void delays[port === probed.relayed.port ? 'probe' : 'flood'].push(readAgeMs(packet)),
    )
  }
  let probesSent = 0
  const probing = setInterval(() => (probesSent++, send(probed, probeBytes)), probeIntervalMs)
  const started = performance.now()
  for (let sent = 0; sent < bytes; await pause(tickMs)) {
    const due = Math.min(bytes, ((performance.now() - started) * bytesPerSecond) / 1000)
    for (; sent < due; sent += packetBytes) send(flooded, packetBytes)
  }
  clearInterval(probing)
  // Packets that arrive more than 1 s later are too late and do not count.
  await pause(1000)
  const result = { probeDelaysMs: delays.probe, probesSent, floodDelaysMs: delays.flood }
  peer.close()
  for (const { client } of [flooded, probed]) client.close()
  return result
}

async function openClient(host: string, peer: Socket): Promise<RelayedClient> {
  const client = new TurnClient(makeCredentials(secret, 'anna', Math.floor(Date.now() / 1000) + 3600), 10_000)
  const listener = {
    onPacket: (packet: Buffer) => client.receive(packet),
    onError: (error: Error) => client.fail(error),
  }
  client.transport = await openTransport({ transport: 'udp', isTurn: true, host, port: 3478 }, host, listener, {
    signal: AbortSignal.timeout(10_000),
  })
  const relayed = read(await client.request('allocate', [['requestedTransport', 17]]), 'xorRelayedAddress')!
  await client.request('channelBind', [
    ['channelNumber', channel],
    ['xorPeerAddress', { ip: ownIp, port: peer.address().port }],
  ])
  return { client, relayed }
}

const createPeerSender =
  (peer: Socket) =>
  ({ relayed }: RelayedClient, length: number): void =>
    peer.send(createTimestampedPacket(length), relayed.port, relayed.ip)

function sendFromClient({ client }: RelayedClient, length: number): void {
  const header = Buffer.alloc(4)
  header.writeUInt16BE(channel)
  header.writeUInt16BE(length, 2)
  client.transport!.send(Buffer.concat([header, createTimestampedPacket(length)]))
}

function createTimestampedPacket(length: number): Buffer {
  const packet = Buffer.alloc(length)
  packet.writeDoubleBE(performance.now())
  return packet
}

const readAgeMs = (data: Uint8Array): number => performance.now() - Buffer.from(data).readDoubleBE()
