import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server } from 'node:tls'
import type { Certificate } from './certificate.ts'
import type { Streams } from './stream.ts'
import type { Warnings } from './warnings.ts'
import type { StreamAddress } from './tcp.ts'
import type { Listener } from './udp.ts'

/** Milliseconds. */
const handshakeTimeout = 10_000

/** RFC 7443: what a client that names its protocol may say. */
export const alpnProtocols = ['stun.turn', 'stun.nat-discovery']

/** TURN over TLS at any number of addresses, under one certificate. */
export class TlsServers {
  readonly #streams: Streams
  readonly #warnings: Warnings
  readonly #servers = new Set<Server>()
  #certificate: Certificate

  constructor(streams: Streams, warnings: Warnings, certificate: Certificate) {
    this.#streams = streams
    this.#warnings = warnings
    this.#certificate = certificate
  }

  /** Rejects with the system's error when the address cannot be bound. */
  async listen({ ip, port, ipv6Only = false }: StreamAddress): Promise<Listener> {
    const server = createServer({ ...this.#certificate, handshakeTimeout, ALPNProtocols: alpnProtocols }, (socket) => this.#streams.serve(socket))
    const raw = new Set<Socket>()
    server.on('connection', (socket) => void raw.add(socket.once('close', () => raw.delete(socket))))
    server.listen({ host: ip, port, exclusive: true, ipv6Only })
    await once(server, 'listening')
    server.on('error', (error) => this.#warnings.warn('accept', { err: error, ip }, 'TLS connection not accepted'))
    this.#servers.add(server)
    const close = () => new Promise<void>((resolve) => {
      this.#servers.delete(server)
      server.close(() => resolve())
      for (const socket of raw) socket.destroy()
    })
    return { address: { ip, port: (server.address() as AddressInfo).port }, close }
  }

  /** For connections that come from now on. */
  renew(certificate: Certificate): void {
    this.#certificate = certificate
    for (const server of this.#servers) server.setSecureContext(certificate)
  }
}
