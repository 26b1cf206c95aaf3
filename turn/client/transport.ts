import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Splitter } from '../net/framing.ts'
import { familyOf, parseFamily } from '../stun/ip.ts'
import type { IceUrl } from './url.ts'

/** A connection to a server that carries whole packets. */
export interface PacketTransport {
  readonly isReliable: boolean
  send(packet: Uint8Array): void
  close(): void
}

/** Callbacks of a transport. */
export interface TransportHandlers {
  onPacket(packet: Buffer): void
  /** The transport has failed or closed. */
  onError(error: Error): void
}

/** How to connect. */
export interface ConnectOptions {
  /** Aborts the connection attempt. */
  readonly signal: AbortSignal
  /** Accepts any certificate. Default: false. */
  readonly isCertificateIgnored?: boolean
}

/** Connects to a server. Rejects with the system's error, or with an AbortError. @param ip address of `url.host` */
export const openTransport = (
  url: IceUrl,
  ip: string,
  listener: TransportHandlers,
  options: ConnectOptions,
): Promise<PacketTransport> =>
  url.transport === 'udp' ? openUdp(url, ip, listener, options) : openStream(url, ip, listener, options)

/** Connects the socket, so that the kernel reports a closed port (ECONNREFUSED). */
async function openUdp(
  { port }: IceUrl,
  ip: string,
  listener: TransportHandlers,
  { signal }: ConnectOptions,
): Promise<PacketTransport> {
  const socket = createSocket(familyOf(ip) === 4 ? 'udp4' : 'udp6')
  socket.connect(port, ip)
  await once(socket, 'connect', { signal })
  socket.on('error', (error) => listener.onError(error))
  socket.on('message', (packet) => listener.onPacket(packet))
  return { isReliable: false, send: (packet) => socket.send(packet), close: () => socket.close() }
}

async function openStream(
  { port, host, transport }: IceUrl,
  ip: string,
  listener: TransportHandlers,
  { signal, isCertificateIgnored = false }: ConnectOptions,
): Promise<PacketTransport> {
  // RFC 6066 §3: the server name must not be an address.
  const servername = parseFamily(host) === undefined ? host : ''
  const socket: Socket =
    transport === 'tls'
      ? connectTls({ port, host: ip, servername, rejectUnauthorized: !isCertificateIgnored })
      : connectTcp({ port, host: ip })
  try {
    await once(socket, transport === 'tls' ? 'secureConnect' : 'connect', { signal })
  } catch (error) {
    socket.destroy()
    throw error
  }
  const splitter = new Splitter()
  socket.on('error', (error) => listener.onError(error))
  socket.on('close', () => listener.onError(new Error('the server closed the connection')))
  socket.on('data', (chunk: Buffer) => void (splitter.push(chunk, listener.onPacket) || socket.destroy()))
  return { isReliable: true, send: (packet) => void socket.write(packet), close: () => void socket.destroy() }
}
