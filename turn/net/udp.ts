import type { RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isChannelData } from '../core/channelData.ts'
import type { FiveTuple } from '../core/fiveTuple.ts'
import { familyOf, type Address } from '../stun/ip.ts'
import { FiveTupleKeys } from './fiveTupleKeys.ts'
import { reportSocketError } from './socketErrors.ts'
import type { Listener, UdpContext } from './udpEngine.ts'
import { createUdpSocket } from './udpSocket.ts'
import { UdpSender } from './udpSender.ts'

/** Large, because one socket receives from all clients of an address. */
const recvBufferBytes = 4 << 20

/** Listens through `node:dgram`; see `UdpEngine.listen`. */
export async function listenUdp(context: UdpContext, ip: string, port: number, isShared = false): Promise<Listener> {
  const socket = createUdpSocket(familyOf(ip), recvBufferBytes, isShared)
  const listening = once(socket, 'listening')
  socket.bind({ address: ip, port, exclusive: true })
  await listening
  socket.on('error', (error) => reportSocketError(context, 'listener', error))
  const local = { ip, port: socket.address().port }
  const sender = new UdpSender(socket, context.sendContext)
  socket.on('message', createPacketHandler(context, sender, local))
  const close = () => new Promise<void>((resolve) => sender.close(resolve))
  return { address: local, close }
}

/**
 * Returns the packet handler of a listener. It ignores the source port 0, which is always forged; dgram throws on it.
 */
export function createPacketHandler(
  context: Pick<UdpContext, 'relayChannelData' | 'handlePacket'>,
  sender: Pick<UdpSender, 'send'>,
  local: Address,
): (packet: Buffer, from: RemoteInfo) => void {
  const keys = new FiveTupleKeys(local)
  return (packet, from) => {
    if (from.port === 0) return
    const key = keys.keyFor(from.address, from.port)
    if (isChannelData(packet)) context.relayChannelData(key, packet)
    else context.handlePacket(packet, createFiveTuple(sender, key, local, { ip: from.address, port: from.port }))
  }
}

function createFiveTuple(sender: Pick<UdpSender, 'send'>, key: string, local: Address, remote: Address): FiveTuple {
  return {
    key,
    transport: 'udp',
    local,
    remote,
    send: (packet) => sender.send(packet, 0, packet.length, remote.port, remote.ip),
  }
}
