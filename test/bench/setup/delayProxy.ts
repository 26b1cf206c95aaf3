import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Scope } from '../harness/scope.ts'

/** Listens on loopback and forwards every byte to `port`, delayed by `delayMs` each way. Returns its own port. */
export async function startDelayProxy(scope: Scope, port: number, delayMs: number): Promise<number> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) track(open, socket)
    forward(near, far, delayMs)
    forward(far, near, delayMs)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.defer(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function track(open: Set<Socket>, socket: Socket): void {
  open.add(socket)
  socket.setNoDelay(true)
  socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
}

/** Timers of one length fire in the order they were set, so bytes stay in order. */
function forward(from: Socket, to: Socket, delayMs: number): void {
  const later = (work: () => void): void => void (delayMs === 0 ? work() : setTimeout(work, delayMs))
  from.on('data', (chunk) => later(() => to.writable && to.write(chunk)))
  from.on('end', () => later(() => to.end()))
  from.on('close', () => later(() => to.destroy()))
}
