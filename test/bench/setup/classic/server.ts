import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { ClassicPage } from './classicPage.ts'

interface ClassicOptions {
  iceServers: RTCIceServer[]
  /** The paths of the certificate and its key. */
  cert: string
  key: string
}

/** The classic server: two clients a room, messages relayed unchanged. The argument holds its options as JSON. */
const { iceServers, cert, key } = JSON.parse(process.argv[2] ?? '{}') as ClassicOptions

const renderPage = (isRelayOnly: boolean): string => `<!doctype html><meta charset="utf-8"><title>Classic</title>
<style>video { width: 45vw; height: 80vh }</style>
<main><button disabled>Join</button><video data-testid="local-video" autoplay muted playsinline></video>
<video data-testid="remote-video" autoplay playsinline></video></main>
<script type="module">new (${String(ClassicPage)})({ iceServers: ${JSON.stringify(iceServers)}, iceTransportPolicy: '${isRelayOnly ? 'relay' : 'all'}' })</script>`

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, ({ url = '/' }, response) =>
  serve(response, url),
)
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
const rooms = new Map<string, Set<WebSocket>>()

function serve(response: ServerResponse, url: string): void {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(renderPage(url.includes('relay=1')))
}

sockets.on('connection', (socket, { url: name = '/' }) => {
  const room = rooms.get(name) ?? new Set()
  rooms.set(name, room)
  socket.on('message', (data) => handleMessage(room, socket, String(data)))
  socket.on('close', () => room.delete(socket))
})

function handleMessage(room: Set<WebSocket>, socket: WebSocket, text: string): void {
  if (text === '{"type":"join"}') return joinRoom(room, socket)
  for (const other of room) if (other !== socket && other.readyState === WebSocket.OPEN) other.send(text)
}

function joinRoom(room: Set<WebSocket>, socket: WebSocket): void {
  const type = ['created', 'joined'][room.size] ?? 'full'
  if (type !== 'full') room.add(socket)
  socket.send(JSON.stringify({ type }))
}

server.listen(0, () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
