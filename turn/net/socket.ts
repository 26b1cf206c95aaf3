import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { familyOf, type Family } from '../stun/ip.ts'

/** Every address we send to is one already: the resolver would cost a third of the speed. */
const literal: NonNullable<SocketOptions['lookup']> = (ip, _options, done) => done(null, ip, familyOf(ip))

/** @param recvBufferSize in bytes; the kernel may grant less (net.core.rmem_max) */
export const udpSocket = (family: Family, recvBufferSize: number): Socket =>
  family === 4
    ? createSocket({ type: 'udp4', recvBufferSize, lookup: literal })
    : createSocket({ type: 'udp6', recvBufferSize, lookup: literal, ipv6Only: true })
