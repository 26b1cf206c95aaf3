import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { familyOf, type Family } from '../stun/ip.ts'
import { initialSendBufferBytes } from './sendBuffer.ts'

/** All destinations are IP addresses. Waiting for the resolver would cost a tenth of the speed. */
const lookupLiteral: NonNullable<SocketOptions['lookup']> = (ip, _options, done) => done(null, ip, familyOf(ip))

/**
 * Creates an unbound UDP socket.
 * @param recvBufferBytes the kernel may grant less (net.core.rmem_max)
 * @param reusePort lets several sockets share a port; the kernel divides the clients. Node before 22.12 ignores it
 */
export function createUdpSocket(family: Family, recvBufferBytes: number, reusePort = false): Socket {
  const common = {
    recvBufferSize: recvBufferBytes,
    sendBufferSize: initialSendBufferBytes,
    lookup: lookupLiteral,
    ...(reusePort && { reusePort }),
  }
  return family === 4
    ? createSocket({ type: 'udp4', ...common })
    : createSocket({ type: 'udp6', ipv6Only: true, ...common })
}
