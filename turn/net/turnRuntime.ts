import type { Clock } from '../common/clock.ts'
import { ServerState, type SharedState, type CoreRules } from '../core/serverState.ts'
import type { Effect } from '../core/effects.ts'
import { channelHeaderBytes, relayFromClient, readDataLength } from '../core/channelData.ts'
import type { FiveTuple } from '../core/fiveTuple.ts'
import { sweepExpired, closeClient } from '../core/deleteAllocation.ts'
import { handlePacket } from '../core/methods/handlePacket.ts'
import type { TurnLog } from '../common/log.ts'
import { Backlog } from './backlog.ts'
import { readDescriptorLimit, DescriptorLimit } from './descriptors.ts'
import { dgramEngine } from './dgramEngine.ts'
import type { RelaySockets, UdpContext, UdpEngine } from './udpEngine.ts'
import type { SendContext } from './udpSender.ts'
import { Warnings } from './warnings.ts'

/** One core with its sockets. */
export class TurnRuntime implements UdpContext {
  readonly state: ServerState
  readonly log: TurnLog
  /** Shared by all send queues of this thread, UDP and streams. */
  readonly backlog = new Backlog()
  readonly sendContext: SendContext = {
    backlog: this.backlog,
    onDrop: () => this.countSendQueueDrop(),
    now: () => performance.now(),
  }
  readonly clock: Clock
  readonly descriptors: DescriptorLimit
  readonly warnings: Warnings
  readonly udp: UdpEngine
  readonly #relays: RelaySockets

  /** @param threads number of threads with a runtime in this process @param udp source of the UDP sockets */
  constructor(
    rules: CoreRules,
    { log, clock, threads = 1, udp = dgramEngine }: { log: TurnLog; clock: Clock; threads?: number; udp?: UdpEngine },
    shared: Partial<SharedState> = {},
  ) {
    this.state = new ServerState({ ...rules, canSetDontFragment: udp.canSetDontFragment }, shared)
    this.log = log
    this.clock = clock
    this.warnings = new Warnings(log)
    this.descriptors = new DescriptorLimit(readDescriptorLimit(), threads)
    this.udp = udp
    this.#relays = udp.createRelaySockets(this)
  }

  /** Relays one ChannelData message from a client. On the per-packet path: allocates no objects. */
  relayChannelData(key: string, packet: Buffer): void {
    const { counters } = this.state
    const channel = relayFromClient(this.state, key, packet, this.clock.now())
    if (!channel) {
      counters.dropped++
      return
    }
    this.#relays.send(
      channel.permission.relay,
      packet,
      channelHeaderBytes,
      readDataLength(packet),
      channel.port,
      channel.permission.reachedIp,
    )
  }

  /** Handles any other packet from a client. A bug must cost this packet only, so errors are logged. */
  handlePacket(packet: Buffer, fiveTuple: FiveTuple): void {
    try {
      this.perform(handlePacket(this.state, packet, fiveTuple, this.clock.now()))
    } catch (error) {
      this.state.counters.dropped++
      this.log.error({ err: error }, 'packet not handled')
    }
  }

  /** Counts a packet that a full send queue dropped. */
  countSendQueueDrop(): void {
    this.state.counters.dropped++
    this.state.counters.sendQueueDropped++
  }

  /** Ends the allocation of a closed TCP connection, if any. */
  closeClient(key: string): void {
    this.perform(closeClient(this.state, key))
  }

  /** Returns whether the 5-tuple has an allocation, live or pending. */
  hasAllocation(key: string): boolean {
    return this.state.allocations.has(key) || this.state.pendingAllocations.has(key)
  }

  /** Frees all expired state. */
  sweepExpired(now: number): void {
    this.perform(sweepExpired(this.state, now))
  }

  /** Carries out effects of the core, in order. */
  perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#performEffect(effect)
  }

  #performEffect(effect: Effect): void {
    if (effect.type === 'send') effect.to.send(effect.packet)
    else if (effect.type === 'relay' && effect.isWhole)
      this.#relays.sendWhole(effect.from, effect.data, effect.to.port, effect.to.ip)
    else if (effect.type === 'relay')
      this.#relays.send(effect.from, effect.data, 0, effect.data.length, effect.to.port, effect.to.ip)
    else if (effect.type === 'open') this.#relays.open(effect.relay)
    else this.#relays.close(effect.relay)
  }

  /** Deletes every allocation and resolves when all relay sockets are closed. */
  async close(): Promise<void> {
    const { allocations, pendingAllocations } = this.state
    for (const key of [...allocations.keys(), ...pendingAllocations.keys()]) this.closeClient(key)
    await this.#relays.closeAll()
  }
}
