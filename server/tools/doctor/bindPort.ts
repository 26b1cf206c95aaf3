import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { parseFamily } from '../../../turn/index.ts'

/** Listens on a TCP port for a moment. Resolves to the code of the system's error, or to null if it is free. */
export const tryTcpPort = (port: number, host: string | undefined): Promise<string | null> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)))
  })

/** Binds a UDP port for a moment. Resolves to the code of the system's error, or to null if it is free. */
export const tryUdpPort = (port: number, host: string | undefined): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = createSocket(host !== undefined && parseFamily(host) === 6 ? 'udp6' : 'udp4')
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      resolve(error.code ?? error.message)
    })
    socket.bind({ port, ...(host !== undefined && { address: host }), exclusive: true }, () =>
      socket.close(() => resolve(null)),
    )
  })
