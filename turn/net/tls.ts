import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTls, type Server as TlsServer } from 'node:tls'
import type { Certificate } from './certificate.ts'
import type { StreamConnections } from './streamConnections.ts'
import type { Warnings } from './warnings.ts'
import type { StreamAddress } from './tcp.ts'
import { alpnProtocols, tlsOptions } from './tlsOptions.ts'
import type { Listener } from './udpEngine.ts'

/** Serves TURN over TLS at several addresses with one certificate. */
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
   * Listens at an address. Rejects with the system's error when it cannot be bound.
   * A connection counts from accept. An unfinished handshake uses the quota of its source and hits the idle timeout.
   */
  async listen({ ip, port, ipv6Only = false }: StreamAddress): Promise<Listener> {
    const connections = new Map<string, Socket>()
    const tls = createTls({ ...this.#certificate, ...tlsOptions, ALPNProtocols: alpnProtocols }, (socket) => {
      const held = connections.get(connectionKey(socket))
      this.#streams.proxyProtocol.inherit(socket)
      if (held) this.#streams.attach(socket, held)
      else socket.destroy()
    })
    const server = createServer((socket) => {
      // Before the socket gets the address of a client.
      const peers = connectionKey(socket)
      this.#streams.proxyProtocol.accept(socket, () => {
        if (!this.#streams.register(socket)) return
        connections.set(peers, socket)
        socket.once('close', () => void (connections.get(peers) === socket && connections.delete(peers)))
        this.#streams.handshakes.add(socket, () => tls.emit('connection', socket))
      })
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

  /** Replaces the certificate for new connections. */
  setCertificate(certificate: Certificate): void {
    this.#certificate = certificate
    for (const server of this.#servers) server.setSecureContext({ ...certificate, ...tlsOptions })
  }
}

/** Returns the same key for a TCP socket and for the TLS socket on top of it. */
const connectionKey = ({ localAddress, remoteAddress, remotePort }: Socket): string =>
  `${localAddress} ${remoteAddress} ${remotePort}`
