import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { Address } from '../../../turn/stun/ip.ts'
import { Inbox } from './inbox.ts'

/** A peer that takes what comes; closed when its test is over. */
export class Peer {
  readonly #socket: Socket
  readonly #inbox = new Inbox<string>()

  private constructor(socket: Socket) {
    this.#socket = socket.on('message', (data) => this.#inbox.put(data.toString()))
  }

  static async at(ip = '127.0.0.1'): Promise<Peer> {
    const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4').bind(0, ip)
    await once(socket, 'listening')
    onTestFinished(() => void socket.close())
    return new Peer(socket)
  }

  get address(): Address {
    const { address, port } = this.#socket.address()
    return { ip: address, port }
  }

  say(to: Address, text: string): void {
    this.#socket.send(text, to.port, to.ip)
  }

  /** How much has come, heard or not. */
  get count(): number {
    return this.#inbox.count
  }

  hear(): Promise<string> {
    return this.#inbox.next()
  }
}
