import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** Whatever a server's window may send at once. */
const recvBufferSize = 1 << 20

let opened = 0

/**
 * A server budgets challenges and counts allocations by source address, rightly: each socket comes from another one,
 * as clients do. All of 127/8 is this machine.
 */
function nextAddress(): string {
  opened = (opened + 1) % 0xffff
  return `127.1.${opened >> 8}.${opened & 0xff}`
}

/** Connected, so that the kernel and Node look nothing up for a packet. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = await bindSocket()
  await connect(socket, port, '127.0.0.1')
  return socket
}

/** Two that speak to each other and to nobody else. */
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
