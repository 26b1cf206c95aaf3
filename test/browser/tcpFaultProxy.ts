import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { TcpFaultConnection, type Direction } from './tcpFaultConnection.ts'

/** A TCP proxy between a page and its server that can cut, reset, freeze and delay connections. */
export class TcpFaultProxy {
  readonly port: number
  /** Sees what arrives, at the server or at the page. */
  onForwarded: (direction: Direction, chunk: Buffer) => void = () => undefined
  readonly #server: Server
  readonly #connections: Set<TcpFaultConnection>
  #isCut = false
  #delayMs = 0

  private constructor(server: Server, port: number, strands: Set<TcpFaultConnection>) {
    this.#server = server
    this.port = port
    this.#connections = strands
  }

  static async start(targetPort: number): Promise<TcpFaultProxy> {
    const connections = new Set<TcpFaultConnection>()
    const server = createServer({ allowHalfOpen: true }, (near) => proxy.#accept(near, targetPort)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const proxy = new TcpFaultProxy(server, (server.address() as AddressInfo).port, connections)
    return proxy
  }

  /** How many connections there are. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /** Everything ends, and nothing can be opened. */
  cut(): void {
    this.#isCut = true
    for (const strand of this.#connections) strand.destroy()
  }

  /** Everything ends by RST, as from a router that was started anew; what is opened next passes. */
  reset(): void {
    for (const strand of this.#connections) strand.reset()
  }

  /** What is connected stays so, and carries nothing, and nobody is told; what is opened next passes. */
  freeze(...directions: readonly Direction[]): void {
    for (const strand of this.#connections) strand.freeze(directions.length ? directions : ['up', 'down'])
  }

  /** From now on everything takes so many milliseconds, each way. */
  setDelay(delayMs: number): void {
    this.#delayMs = delayMs
  }

  /** As new; what was held back arrives now, late as it is. */
  restore(): void {
    this.#isCut = false
    this.#delayMs = 0
    for (const strand of this.#connections) strand.resume()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(pageSocket: Socket, targetPort: number): void {
    if (this.#isCut) return void pageSocket.destroy()
    const serverSocket = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const strand = new TcpFaultConnection(pageSocket, serverSocket, {
      delayMs: () => this.#delayMs,
      onForwarded: (direction, chunk) => this.onForwarded(direction, chunk),
    })
    this.#connections.add(strand)
    pageSocket.on('close', () => this.#connections.delete(strand))
  }
}
