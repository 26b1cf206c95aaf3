import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { RunningServer } from './serverUnderTest.ts'

export interface Forwarder {
  readonly ip: string
  readonly port: number
  readonly tlsPort: undefined
  close(): void
}

/** A UDP proxy before a server that inspects the packets of clients. */
export async function startForwarder(to: RunningServer, onPacket: (packet: Buffer) => void): Promise<Forwarder> {
  const front = createSocket('udp4').bind(0, '127.0.0.1')
  await once(front, 'listening')
  const backs = new Map<number, Socket>()
  const newBack = (client: number): Socket =>
    createSocket('udp4').on('message', (answer) => front.send(answer, client, '127.0.0.1'))
  front.on('message', (packet, { port }) => {
    onPacket(packet)
    if (!backs.has(port)) backs.set(port, newBack(port))
    backs.get(port)!.send(packet, to.port, to.ip)
  })
  const close = () => {
    for (const socket of [front, ...backs.values()]) socket.close()
  }
  return { ip: '127.0.0.1', port: front.address().port, tlsPort: undefined, close }
}
