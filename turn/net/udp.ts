import type { RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isChannelData } from '../core/channelData.ts'
import type { Path } from '../core/fiveTuple.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { Keys } from './fiveTupleKeys.ts'
import type { Shell } from './turnRuntime.ts'
import { udpSocket } from './udpSocket.ts'
import { UdpSender } from './udpSender.ts'

/** All clients of an address come through one socket. */
const recvBufferSize = 4 << 20

export interface Listener {
  readonly address: Address
  close(): Promise<void>
}

/** Rejects with the system's error when the address cannot be bound. @param isShared with sockets of other threads */
export async function listenUdp(shell: Shell, ip: string, port: number, isShared = false): Promise<Listener> {
  const socket = udpSocket(familyOf(ip), recvBufferSize, isShared)
  const bound = once(socket, 'listening')
  socket.bind({ address: ip, port, exclusive: true })
  await bound
  socket.on('error', (error) => shell.warnings.warn('listener', { err: error, ip }, 'UDP listener failed'))
  const local = { ip, port: socket.address().port }
  const sender = new UdpSender(socket, shell.sending)
  socket.on('message', receiver(shell, sender, local))
  const close = () => new Promise<void>((resolve) => sender.close(resolve))
  return { address: local, close }
}

/** What a listener does with a packet. Port 0 is only ever forged, and cannot be answered: dgram throws on it. */
export function receiver(shell: Shell, sender: Pick<UdpSender, 'send'>, local: Address): (packet: Buffer, from: RemoteInfo) => void {
  const keys = new Keys(local)
  return (packet, from) => {
    if (from.port === 0) return
    const key = keys.of(from.address, from.port)
    if (isChannelData(packet)) shell.relayChannelData(key, packet)
    else shell.handle(packet, udpPath(sender, key, local, { ip: from.address, port: from.port }))
  }
}

function udpPath(sender: Pick<UdpSender, 'send'>, key: string, local: Address, remote: Address): Path {
  return { key, transport: 'udp', local, remote, send: (packet) => sender.send(packet, 0, packet.length, remote.port, remote.ip) }
}
