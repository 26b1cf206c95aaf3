import type { Clock } from '../common/clock.ts'
import type { Relay } from '../core/types.ts'
import type { Effect } from '../core/effects.ts'
import type { Core } from '../core/serverState.ts'
import { wrapIn } from '../core/channelData.ts'
import { relayOpened, relayRefused } from '../core/pendingAllocation.ts'
import { bindWords } from './bindAddresses.ts'
import type { Descriptors } from './descriptors.ts'
import { udpSocket } from './udpSocket.ts'
import { UdpSender, type SendContext } from './udpSender.ts'
import type { Warnings } from './warnings.ts'

/** Another port may be free where this one is not; nothing else gets better by trying, and each try costs a system call. */
const isOfPort = (code: string | undefined): boolean => code === 'EADDRINUSE' || code === 'EACCES'

/** A burst of video: about a third of a second at 24 Mbit/s. */
const recvBufferSize = 1 << 20

/** What relay sockets need of the thread that they belong to. */
export interface RelayContext {
  readonly core: Core
  readonly clock: Clock
  /** Each relay socket takes one. */
  readonly descriptors: Descriptors
  readonly sending: SendContext
  readonly warnings: Warnings
  /** Carries out what the core answers to the news of a socket. */
  perform(effects: readonly Effect[]): void
}

/** The UDP sockets that peers see. */
export class RelaySockets {
  readonly #shell: RelayContext
  readonly #senders = new Map<Relay, UdpSender>()

  constructor(shell: RelayContext) {
    this.#shell = shell
  }

  /** An earlier socket of the same Allocate may have failed meanwhile, and with it the want for this one. */
  open(relay: Relay): void {
    const { core } = this.#shell
    if (!core.awaited.has(relay)) return
    if (!this.#shell.descriptors.take()) return this.#refuse(relay, 'EMFILE')
    const socket = udpSocket(relay.family, recvBufferSize)
    this.#senders.set(relay, new UdpSender(socket, this.#shell.sending))
    socket.on('message', (data, from) => this.#receive(relay, data, from.address, from.port))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.close(relay)
      this.#refuse(relay, error.code)
    })
    socket.bind({ address: relay.local.ip, port: relay.local.port, exclusive: true }, () => {
      socket.removeAllListeners('error').on('error', (error) => this.#shell.warnings.warn('relay', { err: error }, 'relay socket failed'))
      this.#shell.perform(relayOpened(core, relay))
    })
  }

  /** The fast lane outwards. */
  send(relay: Relay, packet: Uint8Array, offset: number, length: number, port: number, ip: string): void {
    const { counters } = this.#shell.core
    counters.packetsToPeers++
    counters.bytesToPeers += length
    this.#senders.get(relay)?.send(packet, offset, length, port, ip)
  }

  close(relay: Relay): void {
    const sender = this.#senders.get(relay)
    if (!sender) return
    this.#senders.delete(relay)
    this.#shell.descriptors.release()
    sender.close()
  }

  async closeAll(): Promise<void> {
    const senders = [...this.#senders.values()]
    this.#senders.clear()
    await Promise.all(senders.map((sender) => new Promise<void>((resolve) => {
      this.#shell.descriptors.release()
      sender.close(resolve)
    })))
  }

  /** The fast lane inwards. */
  #receive(relay: Relay, data: Buffer, ip: string, port: number): void {
    const { core, clock } = this.#shell
    const packet = wrapIn(core, relay, data, ip, port, clock.now())
    if (!packet) {
      core.counters.dropped++
      return
    }
    core.counters.packetsToClients++
    core.counters.bytesToClients += data.length
    relay.owner!.path.send(packet)
  }

  #refuse(relay: Relay, code: string | undefined): void {
    const shell = this.#shell
    if (code === 'EADDRINUSE') shell.core.counters.portsTaken++
    shell.warnings.warn(`relay ${code}`, { ...relay.local, code }, isOfPort(code) ? 'relay port not bound' : `relay port not bound, client refused (508): ${bindWords({ code })}`)
    shell.perform(relayRefused(shell.core, relay, isOfPort(code)))
  }
}
