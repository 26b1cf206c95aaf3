import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { TurnRuntime } from './turnRuntime.ts'
import type { StreamConnections } from './streamConnections.ts'
import type { Listener } from './udpEngine.ts'

/** The address of a stream listener. */
export interface StreamAddress {
  /** `::` accepts IPv4 too, unless `ipv6Only` is set. */
  readonly ip: string
  readonly port: number
  readonly ipv6Only?: boolean
}

/** Listens for TURN over TCP. Rejects with the system's error when the address cannot be bound. */
export async function listenTcp(
  runtime: TurnRuntime,
  streams: StreamConnections,
  { ip, port, ipv6Only = false }: StreamAddress,
): Promise<Listener> {
  const server = createServer((socket) => streams.proxyProtocol.accept(socket, () => streams.accept(socket)))
  server.listen({ host: ip, port, exclusive: true, ipv6Only })
  await once(server, 'listening')
  // Without a listener, an accept error would end the process.
  server.on('error', (error) => runtime.warnings.warn('accept', { err: error, ip }, 'TCP connection not accepted'))
  const { port: boundPort } = server.address() as AddressInfo
  return { address: { ip, port: boundPort }, close: () => new Promise((resolve) => void server.close(() => resolve())) }
}
