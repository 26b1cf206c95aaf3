import type { Clock } from '../common/clock.ts'
import type { Relay } from '../core/types.ts'
import type { Effect } from '../core/effects.ts'
import type { ServerState } from '../core/serverState.ts'
import { relayToClient } from '../core/channelData.ts'
import { handleRelayBound, handleRelayFailed } from '../core/pendingAllocation.ts'
import { describeBindError } from './bindAddresses.ts'
import type { DescriptorLimit } from './descriptors.ts'
import { createUdpSocket } from './udpSocket.ts'
import { UdpSender, type SendContext } from './udpSender.ts'
import type { Warnings } from './warnings.ts'

/** Only these errors may succeed on another port. Other retries fail too, and each one costs a system call. */
const isPortError = (code: string | undefined): boolean => code === 'EADDRINUSE' || code === 'EACCES'

/** Holds a burst of video: about a third of a second at 24 Mbit/s. */
const recvBufferBytes = 1 << 20

/** The dependencies of `RelaySockets`, one set for each thread. */
export interface RelayContext {
  readonly state: ServerState
  readonly clock: Clock
  /** Each relay socket takes one descriptor. */
  readonly descriptors: DescriptorLimit
  readonly sendContext: SendContext
  readonly warnings: Warnings
  /** Carries out the effects that the core returns when a socket was bound or failed. */
  perform(effects: readonly Effect[]): void
}

/** The UDP sockets of relays. */
export class RelaySockets {
  readonly #context: RelayContext
  readonly #senders = new Map<Relay, UdpSender>()

  constructor(context: RelayContext) {
    this.#context = context
  }

  /** Opens a relay's socket. Does nothing if an earlier socket of the same Allocate has failed. */
  open(relay: Relay): void {
    const { state } = this.#context
    if (!state.pendingRelays.has(relay)) return
    if (!this.#context.descriptors.acquire()) return this.#handleBindError(relay, 'EMFILE')
    const socket = createUdpSocket(relay.family, recvBufferBytes)
    this.#senders.set(relay, new UdpSender(socket, this.#context.sendContext))
    socket.on('message', (data, from) => this.#receive(relay, data, from.address, from.port))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.close(relay)
      this.#handleBindError(relay, error.code)
    })
    socket.bind({ address: relay.local.ip, port: relay.local.port, exclusive: true }, () => {
      socket
        .removeAllListeners('error')
        .on('error', (error) => this.#context.warnings.warn('relay', { err: error }, 'relay socket failed'))
      this.#context.perform(handleRelayBound(state, relay))
    })
  }

  /** Sends to a peer. On the per-packet path: allocates no objects. */
  send(relay: Relay, packet: Uint8Array, offset: number, length: number, port: number, ip: string): void {
    const { counters } = this.#context.state
    counters.packetsToPeers++
    counters.bytesToPeers += length
    this.#senders.get(relay)?.send(packet, offset, length, port, ip)
  }

  /** Closes a relay's socket. Does nothing if it is closed already. */
  close(relay: Relay): void {
    const sender = this.#senders.get(relay)
    if (!sender) return
    this.#senders.delete(relay)
    this.#context.descriptors.release()
    sender.close()
  }

  /** Closes all sockets and resolves when they are closed. */
  async closeAll(): Promise<void> {
    const senders = [...this.#senders.values()]
    this.#senders.clear()
    await Promise.all(
      senders.map(
        (sender) =>
          new Promise<void>((resolve) => {
            this.#context.descriptors.release()
            sender.close(resolve)
          }),
      ),
    )
  }

  /** Relays a peer's packet to its client. On the per-packet path. */
  #receive(relay: Relay, data: Buffer, ip: string, port: number): void {
    const { state, clock } = this.#context
    const packet = relayToClient(state, relay, data, ip, port, clock.now())
    if (!packet) {
      state.counters.dropped++
      return
    }
    state.counters.packetsToClients++
    state.counters.bytesToClients += data.length
    relay.allocation!.fiveTuple.send(packet)
  }

  #handleBindError(relay: Relay, code: string | undefined): void {
    const context = this.#context
    if (code === 'EADDRINUSE') context.state.counters.portConflicts++
    const reason = describeBindError({ code })
    const message = isPortError(code) ? 'relay port unavailable' : 'relay port unavailable, allocation rejected'
    context.warnings.warn(`relay ${code}`, { ...relay.local, code, reason }, message)
    context.perform(handleRelayFailed(context.state, relay, isPortError(code)))
  }
}
