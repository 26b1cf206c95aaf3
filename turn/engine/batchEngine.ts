import { listenUdp } from '../net/udp.ts'
import type { Listener, RelaySockets, UdpContext, UdpEngine } from '../net/udpEngine.ts'
import { BatchListener } from './batchListener.ts'
import { BatchRelaySockets } from './batchRelaySockets.ts'
import { BatchSockets } from './batchSockets.ts'
import { runEventLoop, watchNodeLoop } from './eventLoop.ts'
import type { OpenDescriptors } from './openDescriptors.ts'
import type { SystemCalls } from './systemCalls.ts'

/**
 * UDP through recvmmsg and sendmmsg, for one core. It runs in a worker, because `epoll_wait` blocks the thread. The core
 * decides about every packet. The engine only remembers where the core found something. So nothing outlives a reload, an
 * expiry or a deleted allocation.
 */
export class BatchEngine implements UdpEngine {
  readonly name = 'batch'
  readonly canSetDontFragment = true
  readonly #system: SystemCalls
  readonly #descriptors: OpenDescriptors
  #sockets: BatchSockets | undefined
  #relays: BatchRelaySockets | undefined

  constructor(system: SystemCalls, descriptors: OpenDescriptors) {
    this.#system = system
    this.#descriptors = descriptors
  }

  /** The sockets of this engine, after `createRelaySockets`. */
  get sockets(): BatchSockets {
    return this.#sockets!
  }

  /** Call it once, before `listen` and `start`. */
  createRelaySockets(context: UdpContext): RelaySockets {
    this.#sockets = new BatchSockets(this.#system, context, this.#descriptors)
    this.#relays = new BatchRelaySockets(context, this.#sockets)
    return this.#relays
  }

  /** A link-local address has a zone, which only `node:dgram` knows. */
  async listen(context: UdpContext, ip: string, port: number, isShared = false): Promise<Listener> {
    if (ip.includes('%')) return listenUdp(context, ip, port, isShared)
    return new BatchListener(context, this.#sockets!, this.#relays!, { ip, port, isShared })
  }

  /**
   * Starts to receive. Rejects when Node's event loop cannot be watched.
   * @param hasWork see `runEventLoop`
   * @returns stops the engine; call it when all listeners and relays are closed
   */
  async start(hasWork: () => boolean): Promise<() => void> {
    const sockets = this.#sockets!
    await watchNodeLoop(this.#system, sockets)
    const stop = runEventLoop(sockets, hasWork)
    return () => {
      stop()
      sockets.closeAll()
    }
  }
}
