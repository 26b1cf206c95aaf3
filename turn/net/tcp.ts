import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Streams } from './stream.ts'
import type { Listener } from './udp.ts'

/** Rejects with the system's error when the address cannot be bound. @param ip `::` takes IPv4 as well */
export async function listenTcp(streams: Streams, ip: string, port: number): Promise<Listener> {
  const server = createServer((socket) => streams.serve(socket))
  server.listen({ host: ip, port, exclusive: true })
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  return { address: { ip, port: bound }, close: () => new Promise((resolve) => void server.close(() => resolve())) }
}
