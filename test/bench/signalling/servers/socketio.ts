import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { reportUsage } from './usageReporter.ts'

/** The server of the tutorial: relays messages within a room and acknowledges them. */
const server = createServer()
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })

io.on('connection', (socket: Socket) => {
  socket.on('join', (room: string, acknowledge: () => void) => {
    void socket.join(room)
    acknowledge()
  })
  socket.on('say', (room: string, message: unknown, acknowledge: () => void) => {
    socket.to(room).emit('message', message)
    acknowledge()
  })
})

server.listen(0, '127.0.0.1', () => reportUsage((server.address() as AddressInfo).port))
