import type { Socket } from 'node:net'
import { isChannelData } from '../core/lanes.ts'
import type { Path } from '../core/path.ts'
import { plainIp, type Address } from '../stun/ip.ts'
import { Splitter } from './framing.ts'
import type { Shell } from './shell.ts'

/** Beyond this a reader is too slow for media anyway: what comes next is dropped. */
const mostUnsent = 256 * 1024
/** Milliseconds that a connection may go without an allocation. */
const patience = 15_000

/** Connections over TCP, and over whatever else is a stream: `serve` takes a TLS socket as well. */
export class Streams {
  readonly #shell: Shell
  readonly #open = new Map<Socket, { readonly key: string; since: number }>()
  #number = 0

  constructor(shell: Shell) {
    this.#shell = shell
  }

  serve(socket: Socket): void {
    const { localAddress, localPort, remoteAddress, remotePort } = socket
    if (!localAddress || !remoteAddress) return void socket.destroy()
    const key = `tcp ${++this.#number}`
    this.#open.set(socket, { key, since: Date.now() })
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#end(socket, key))
    this.#receive(socket, {
      key,
      transport: 'tcp',
      local: toAddress(localAddress, localPort),
      remote: toAddress(remoteAddress, remotePort),
      send: (packet) => this.#send(socket, packet),
    })
    this.#shell.core.counters.connections = this.#open.size
  }

  #receive(socket: Socket, path: Path): void {
    const shell = this.#shell
    const splitter = new Splitter()
    const take = (packet: Buffer): void => {
      if (isChannelData(packet)) shell.relayChannelData(path.key, packet)
      else shell.handle(packet, path)
    }
    socket.on('data', (chunk: Buffer) => void (splitter.push(chunk, take) || socket.destroy()))
  }

  #send(socket: Socket, packet: Uint8Array): void {
    if (socket.writableLength < mostUnsent) socket.write(packet)
    else this.#shell.core.counters.dropped++
  }

  /** Closes connections that hold nothing. */
  expire(now: number): void {
    for (const [socket, entry] of this.#open) {
      if (this.#shell.holds(entry.key)) entry.since = now
      else if (now - entry.since >= patience) socket.destroy()
    }
  }

  close(): void {
    for (const socket of this.#open.keys()) socket.destroy()
  }

  #end(socket: Socket, key: string): void {
    this.#open.delete(socket)
    this.#shell.core.counters.connections = this.#open.size
    this.#shell.hangUp(key)
  }
}

const toAddress = (ip: string, port = 0): Address => ({ ip: plainIp(ip), port })
