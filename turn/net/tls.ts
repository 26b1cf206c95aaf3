import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTls, type Server as TlsServer } from 'node:tls'
import type { Certificate } from './certificate.ts'
import type { StreamConnections } from './streamConnections.ts'
import type { Warnings } from './warnings.ts'
import type { StreamAddress } from './tcp.ts'
import type { Listener } from './udp.ts'

/** RFC 7443: what a client that names its protocol may say. */
export const alpnProtocols = ['stun.turn', 'stun.nat-discovery']

/** TURN over TLS at any number of addresses, under one certificate. */
export class TlsServers {
  readonly #streams: StreamConnections
  readonly #warnings: Warnings
  readonly #servers = new Set<TlsServer>()
  #certificate: Certificate

  constructor(streams: StreamConnections, warnings: Warnings, certificate: Certificate) {
    this.#streams = streams
    this.#warnings = warnings
    this.#certificate = certificate
  }

  /**
   * Rejects with the system's error when the address cannot be bound. A connection is counted when it is accepted: one that does not
   * finish its handshake takes a place of its source, and is closed as any other without an allocation.
   */
  async listen({ ip, port, ipv6Only = false }: StreamAddress): Promise<Listener> {
    const connections = new Map<string, Socket>()
    const tls = createTls({ ...this.#certificate, ALPNProtocols: alpnProtocols }, (socket) => {
      const held = connections.get(connectionKey(socket))
      if (held) this.#streams.attach(socket, held)
      else socket.destroy()
    })
    const server = createServer((socket) => {
      if (!this.#streams.register(socket)) return
      const peers = connectionKey(socket)
      connections.set(peers, socket)
      socket.once('close', () => void (connections.get(peers) === socket && connections.delete(peers)))
      tls.emit('connection', socket)
    })
    server.listen({ host: ip, port, exclusive: true, ipv6Only })
    await once(server, 'listening')
    server.on('error', (error) => this.#warnings.warn('accept', { err: error, ip }, 'TLS connection not accepted'))
    this.#servers.add(tls)
    const close = () =>
      new Promise<void>((resolve) => {
        this.#servers.delete(tls)
        server.close(() => resolve())
        for (const socket of connections.values()) socket.destroy()
      })
    return { address: { ip, port: (server.address() as AddressInfo).port }, close }
  }

  /** For connections that come from now on. */
  setCertificate(certificate: Certificate): void {
    this.#certificate = certificate
    for (const server of this.#servers) server.setSecureContext(certificate)
  }
}

/** The same for a connection and for TLS on top of it. */
const connectionKey = ({ localAddress, remoteAddress, remotePort }: Socket): string =>
  `${localAddress} ${remoteAddress} ${remotePort}`
