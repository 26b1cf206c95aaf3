import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/**
 * A relay with Node's sockets only: no STUN, no permissions, no timers. Packets take the same route as in a TURN
 * server: from a client to its relay socket, to the peer's relay socket, to the peer. So it costs what `node:dgram`
 * costs. Two clients that send the same first packet form a pair. The relay listens at PORT.
 */
const host = '127.0.0.1'
const options = {
  type: 'udp4',
  lookup: (ip: string, _: object, done: (...found: [null, string, number]) => void) => done(null, ip, 4),
} as const

interface Client {
  readonly port: number
  readonly ip: string
  readonly relay: Socket
  /** The port of the peer's relay socket. */
  peerPort: number
}

const listener = createSocket({ ...options, recvBufferSize: 4 << 20 }).bind(Number(process.env.PORT), host)
const clients = new Map<string, Client>()
const unpaired = new Map<string, Client>()

listener.on('message', (packet, { address, port }) => {
  const client = clients.get(`${address} ${port}`)
  if (client) client.relay.send(packet, client.peerPort, host)
  else void addClient(packet.toString(), address, port)
})

async function addClient(pairName: string, ip: string, port: number): Promise<void> {
  const client: Client = { ip, port, relay: await openRelay((packet) => listener.send(packet, port, ip)), peerPort: 0 }
  const other = unpaired.get(pairName)
  if (!other) return void unpaired.set(pairName, client)
  for (const [one, its] of [
    [client, other],
    [other, client],
  ] as const) {
    one.peerPort = its.relay.address().port
    clients.set(`${one.ip} ${one.port}`, one)
    listener.send(pairName, one.port, one.ip)
  }
}

async function openRelay(pass: (packet: Buffer) => void): Promise<Socket> {
  const relay = createSocket({ ...options, recvBufferSize: 1 << 20 })
  const bound = once(relay, 'listening')
  relay.on('message', pass).bind(0, host)
  await bound
  return relay
}
