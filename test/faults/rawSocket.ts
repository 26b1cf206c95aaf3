import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A TCP connection without a protocol. It closes nothing by itself. Concurrent tests pass their own `onEnd`. */
export async function connectRaw(url: string, onEnd: (work: () => void) => void = onTestFinished): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true, noDelay: true })
  onEnd(() => void socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Returns an upgrade request with these headers, valid or not. */
export const createUpgradeRequest = (headers: readonly string[]): string =>
  [
    'GET /trpc HTTP/1.1',
    ...headers,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${'A'.repeat(22)}==`,
    '',
    '',
  ].join('\r\n')

/** Resolves on `close`. `once` would reject if an error precedes it. */
const waitForClose = (socket: Socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve()))

/**
 * Reads until the server has closed the connection completely, not only its writing side. Later writes cannot arrive.
 */
export async function readUntilClosed(socket: Socket): Promise<string> {
  let text = ''
  const poke = (): void => void socket.write('x', (error) => void (error ?? setImmediate(poke)))
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('end', poke)
  await waitForClose(socket)
  return text
}

/** Opens a WebSocket without a library. Returns its TCP socket after the upgrade. */
export async function openRawWebSocket(url: string, headers: readonly string[] = []): Promise<Socket> {
  const socket = await connectRaw(url)
  socket.write(createUpgradeRequest([`Host: ${new URL(url).host}`, ...headers]))
  await once(socket, 'data')
  return socket
}

/** Opcodes of WebSocket frames (RFC 6455 §5.2); `more` continues a message. */
export const opcode = { more: 0, text: 1, binary: 2, ping: 9 } as const

/** Encodes one frame (RFC 6455 §5.2), masked with zeros. `head` adds bits to the first byte: 0x80 is FIN, 0x40 RSV1. */
export function encodeFrame(kind: keyof typeof opcode, payload: Buffer | string = '', head = 0x80): Buffer {
  const bytes = Buffer.from(payload)
  const length = bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, bytes.length >> 8, bytes.length & 0xff]
  return Buffer.concat([Buffer.from([head | opcode[kind], ...length, 0, 0, 0, 0]), bytes])
}

/** Reads the code of the server's close frame, or null if the connection ends without one. */
export async function readCloseCode(socket: Socket): Promise<number | null> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
  socket.on('end', () => socket.end())
  await waitForClose(socket)
  const all = Buffer.concat(chunks)
  const at = all.lastIndexOf(Buffer.from([0x88]))
  return at < 0 ? null : all.readUInt16BE(at + 2)
}
