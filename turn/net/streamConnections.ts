import type { Socket } from 'node:net'
import { isChannelData } from '../core/channelData.ts'
import type { Path } from '../core/fiveTuple.ts'
import { networkKey } from '../common/address.ts'
import { plainIp, type Address } from '../stun/ip.ts'
import { Splitter } from './framing.ts'
import { bindWords } from './bindAddresses.ts'
import { Outbox } from './sendQueue.ts'
import { ReadingTime } from './readingTime.ts'
import type { Shell } from './turnRuntime.ts'

/** Milliseconds that a connection may go without an allocation, from the moment it is accepted: a TLS handshake is part of it. */
const patience = 15_000

/** Time between two calls of `expire`, in ms. */
export const expirePeriodMs = 1000

/** Connections over TCP and TLS. */
export class Streams {
  readonly #shell: Shell
  readonly #open = new Map<Socket, { readonly key: string; readonly source: string; since: number }>()
  /** How many connections each source has. */
  readonly #sources = new Map<string, number>()
  readonly #reading = new ReadingTime(expirePeriodMs)
  #number = 0

  constructor(shell: Shell) {
    this.#shell = shell
  }

  /** Takes a connection that is ready to speak TURN: over TCP, or over TLS after a handshake that somebody else has seen to. */
  serve(socket: Socket): void {
    if (this.hold(socket)) this.speak(socket, socket)
  }

  /**
   * Counts a connection from now until it closes: for its source, for file descriptors, and against `patience`. To be called when it is
   * accepted, before any TLS.
   * @returns false when there are too many; then it is destroyed
   */
  hold(socket: Socket): boolean {
    const { localAddress, remoteAddress } = socket
    const source = remoteAddress && networkKey(remoteAddress)
    if (!localAddress || !source || !this.#admit(source)) {
      socket.destroy()
      return false
    }
    this.#open.set(socket, { key: `tcp ${++this.#number}`, source, since: this.#reading.ms })
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#end(socket))
    this.#shell.core.counters.connections = this.#open.size
    return true
  }

  /** Speaks TURN over a connection. @param held the one that was counted: the same, or what is below TLS */
  speak(socket: Socket, held: Socket): void {
    const { localAddress, localPort, remoteAddress, remotePort } = socket
    const entry = this.#open.get(held)
    if (!entry || !localAddress || !remoteAddress) return void socket.destroy()
    const outbox = new Outbox(socket, this.#shell.backlog, () => this.#shell.dropQueued())
    if (socket !== held) socket.on('error', () => socket.destroy())
    this.#receive(socket, {
      key: entry.key,
      transport: 'tcp',
      local: toAddress(localAddress, localPort),
      remote: toAddress(remoteAddress, remotePort),
      send: (packet) => outbox.send(packet),
    })
  }

  /** @param path of the socket */
  #receive(socket: Socket, path: Path): void {
    const shell = this.#shell
    const splitter = new Splitter()
    const take = (packet: Buffer): void => {
      if (isChannelData(packet)) shell.relayChannelData(path.key, packet)
      else shell.handle(packet, path)
    }
    socket.on('data', (chunk: Buffer) => void (splitter.push(chunk, take) || socket.destroy()))
  }

  #admit(source: string): boolean {
    const { core: { rules, counters }, descriptors, warnings } = this.#shell
    const held = this.#sources.get(source) ?? 0
    if (held >= rules.quotas.connections) {
      counters.overQuota.connections++
      return false
    }
    if (!descriptors.take()) {
      warnings.warn('descriptors', {}, `TURN connection refused: ${bindWords({ code: 'EMFILE' })}`)
      return false
    }
    this.#sources.set(source, held + 1)
    return true
  }

  /** Closes connections that hold nothing, once what the kernel has of them is read. @param now of a monotonic clock, in ms */
  expire(now: number): void {
    if (!this.#reading.tick(now)) return
    const { ms } = this.#reading
    for (const [socket, entry] of this.#open) {
      if (this.#shell.holds(entry.key)) entry.since = ms
      else if (ms - entry.since >= patience) setImmediate(() => this.#closeIdle(socket))
    }
  }

  #closeIdle(socket: Socket): void {
    const entry = this.#open.get(socket)
    if (entry && !this.#shell.holds(entry.key)) socket.destroy()
  }

  close(): void {
    for (const socket of this.#open.keys()) socket.destroy()
  }

  #end(socket: Socket): void {
    const { key, source } = this.#open.get(socket)!
    const left = this.#sources.get(source)! - 1
    if (left > 0) this.#sources.set(source, left)
    else this.#sources.delete(source)
    this.#open.delete(socket)
    this.#shell.descriptors.release()
    this.#shell.core.counters.connections = this.#open.size
    this.#shell.hangUp(key)
  }
}

const toAddress = (ip: string, port = 0): Address => ({ ip: plainIp(ip), port })
