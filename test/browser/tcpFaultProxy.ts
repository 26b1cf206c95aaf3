import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { TcpFaultConnection, type Direction } from './tcpFaultConnection.ts'

/** A TCP proxy between a page and its server that can cut, reset, freeze and delay connections. */
export class TcpFaultProxy {
  readonly port: number
  /** Called for each chunk that reaches the server or the page. */
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

  /** Starts a proxy in front of a port of this machine. */
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

  /** Number of open connections. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /** Ends all connections and rejects new ones. */
  cut(): void {
    this.#isCut = true
    for (const strand of this.#connections) strand.destroy()
  }

  /** Resets all connections with RST, as a rebooted router does. New connections pass. */
  reset(): void {
    for (const strand of this.#connections) strand.reset()
  }

  /** Freezes the open connections without closing them. New connections pass. */
  freeze(...directions: readonly Direction[]): void {
    for (const strand of this.#connections) strand.freeze(directions.length ? directions : ['up', 'down'])
  }

  /** Delays all data by this many ms in each direction. */
  setDelay(delayMs: number): void {
    this.#delayMs = delayMs
  }

  /** Removes all faults. Data that was held back arrives now. */
  restore(): void {
    this.#isCut = false
    this.#delayMs = 0
    for (const strand of this.#connections) strand.resume()
  }

  /** Ends all connections and the proxy. */
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
