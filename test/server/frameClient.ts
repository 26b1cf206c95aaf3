import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import { toApiUrl } from './testSockets.ts'

/** A WebSocket client that sends arbitrary text or bytes, including frames that no tRPC client sends. */
export class FrameClient {
  readonly socket: WebSocket
  readonly #received: string[] = []
  readonly #waiting: { resolve(text: string): void; reject(reason: Error): void }[] = []
  #closeCode: number | null = null
  #id = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      const text = String(data)
      const waiting = this.#waiting.shift()
      if (waiting) waiting.resolve(text)
      else this.#received.push(text)
    })
    socket.on('close', (code) => {
      this.#closeCode = code
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error(`the socket was closed with ${code} before a response arrived`))
    })
  }

  /** Opens a socket at `/trpc`. Rejects if the upgrade fails. */
  static async open(url: string, options: ClientOptions = {}): Promise<FrameClient> {
    const frameClient = new FrameClient(new WebSocket(toApiUrl(url), options))
    await once(frameClient.socket, 'open')
    return frameClient
  }

  /** Sends one frame. */
  send(text: string | Buffer): void {
    this.socket.send(text)
  }

  /** Resolves to the next text frame. Rejects if the socket is closed first. */
  async next(): Promise<string> {
    const text = this.#received.shift()
    if (text !== undefined) return text
    if (this.#closeCode !== null)
      throw new Error(`the socket was closed with ${this.#closeCode}, and no response is left`)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Like `next`, parsed as JSON. */
  async nextJson(): Promise<TrpcResponse> {
    return JSON.parse(await this.next()) as TrpcResponse
  }

  /** Sends one request and resolves to its response. */
  async request(method: string, path: string, input?: unknown): Promise<TrpcResponse> {
    this.send(JSON.stringify({ id: ++this.#id, method, params: { path, input } }))
    return this.nextJson()
  }

  /** Resolves to the close code of the server. */
  async waitForClose(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number]
    return code
  }
}

/** A response in the envelope of tRPC. */
export interface TrpcResponse {
  id: number | null
  result?: { type: string; data?: unknown }
  error?: { message: string; code: number; data: { code: string; path?: string } }
}

/** Resolves to the status of an upgrade request: 101, or the status of the rejection. */
export async function upgradeStatus(url: string, path: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path, { headers })
  socket.on('error', () => undefined)
  const status = await Promise.race([
    once(socket, 'open').then(() => 101),
    once(socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
  ])
  socket.terminate()
  return status
}
