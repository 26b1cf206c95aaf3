import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { Address } from '../../../turn/stun/ip.ts'
import { AsyncQueue } from './asyncQueue.ts'

/** A peer that records packets. It closes when its test ends. */
export class Peer {
  readonly #socket: Socket
  readonly #queue = new AsyncQueue<string>()

  private constructor(socket: Socket) {
    this.#socket = socket.on('message', (data) => this.#queue.push(data.toString()))
  }

  static async open(ip = '127.0.0.1'): Promise<Peer> {
    const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4').bind(0, ip)
    await once(socket, 'listening')
    onTestFinished(() => void socket.close())
    return new Peer(socket)
  }

  get address(): Address {
    const { address, port } = this.#socket.address()
    return { ip: address, port }
  }

  send(to: Address, text: string): void {
    this.#socket.send(text, to.port, to.ip)
  }

  /** Number of packets received so far. */
  get count(): number {
    return this.#queue.count
  }

  receive(): Promise<string> {
    return this.#queue.next()
  }
}
