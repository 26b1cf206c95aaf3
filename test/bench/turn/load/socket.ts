import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** Large enough for the whole window of a pair. */
const recvBufferSize = 1 << 20

let opened = 0

/**
 * The next source address. Servers limit challenges and allocations by source address, so each socket has its own,
 * like real clients. All of 127/8 is this machine.
 */
function nextAddress(): string {
  opened = (opened + 1) % 0xffff
  return `127.1.${opened >> 8}.${opened & 0xff}`
}

/** Opens a connected socket, so that the kernel and Node need no lookup per packet. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = await bindSocket()
  await connect(socket, port, '127.0.0.1')
  return socket
}

/** Opens two sockets that are connected to each other. */
export async function openDirect(): Promise<[Socket, Socket]> {
  const [near, far] = [await bindSocket(), await bindSocket()]
  const [here, there] = [near.address(), far.address()]
  await Promise.all([connect(near, there.port, there.address), connect(far, here.port, here.address)])
  return [near, far]
}

async function bindSocket(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize })
  socket.bind({ address: nextAddress(), port: 0, exclusive: true })
  await once(socket, 'listening')
  return socket
}

async function connect(socket: Socket, port: number, ip: string): Promise<void> {
  const connected = once(socket, 'connect')
  socket.connect(port, ip)
  await connected
}
