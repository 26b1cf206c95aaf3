import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { reportUsage } from './usageReporter.ts'

/** The minimal relay with acknowledgements: it validates and stores nothing. */
interface Frame {
  id: number
  message: unknown
}

const rooms = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })

server.on('connection', (socket, { url: name = '/' }) => {
  const room = rooms.get(name) ?? new Set()
  rooms.set(name, room.add(socket))
  socket.on('message', (data) => relay(room, socket, JSON.parse(String(data)) as Frame))
  socket.on('close', () => room.delete(socket))
  socket.send('{"joined":true}')
})

function relay(room: Set<WebSocket>, socket: WebSocket, { id, message }: Frame): void {
  for (const other of room) if (other !== socket) other.send(JSON.stringify({ message }))
  socket.send(JSON.stringify({ id }))
}

server.on('listening', () => reportUsage((server.address() as AddressInfo).port))
