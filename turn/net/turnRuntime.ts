import type { Clock } from '../common/clock.ts'
import { Core, type Common, type Rules } from '../core/serverState.ts'
import type { Effect } from '../core/effects.ts'
import { channelHeaderLength, channelOut, dataLengthOf } from '../core/channelData.ts'
import type { Path } from '../core/fiveTuple.ts'
import { expire, hangUp } from '../core/deleteAllocation.ts'
import { handle } from '../core/methods/handlePacket.ts'
import type { TurnLog } from '../common/log.ts'
import { Backlog } from './backlog.ts'
import { descriptorLimit, Descriptors } from './descriptors.ts'
import { RelaySockets } from './relaySockets.ts'
import type { SendContext } from './udpSender.ts'
import { Warnings } from './warnings.ts'

/** The core with sockets around it. */
export class Shell {
  readonly core: Core
  readonly log: TurnLog
  /** Of all sockets, UDP and streams. */
  readonly backlog = new Backlog()
  readonly sending: SendContext = { backlog: this.backlog, onDrop: () => this.dropQueued(), now: () => performance.now() }
  readonly clock: Clock
  readonly descriptors: Descriptors
  readonly warnings: Warnings
  readonly #relays: RelaySockets

  /** @param threads of the process that have a shell of their own */
  constructor(rules: Rules, { log, clock, threads = 1 }: { log: TurnLog; clock: Clock; threads?: number }, common: Partial<Common> = {}) {
    this.core = new Core(rules, common)
    this.log = log
    this.clock = clock
    this.warnings = new Warnings(log)
    this.descriptors = new Descriptors(descriptorLimit(), threads)
    this.#relays = new RelaySockets(this)
  }

  /** The fast lane: one ChannelData message from a client. */
  relayChannelData(key: string, packet: Buffer): void {
    const { counters } = this.core
    const channel = channelOut(this.core, key, packet, this.clock.now())
    if (!channel) {
      counters.dropped++
      return
    }
    this.#relays.send(channel.host.relay, packet, channelHeaderLength, dataLengthOf(packet), channel.port, channel.host.reached)
  }

  /** Everything else from a client. A mistake of ours must cost this packet only. */
  handle(packet: Buffer, path: Path): void {
    try {
      this.perform(handle(this.core, packet, path, this.clock.now()))
    } catch (error) {
      this.core.counters.dropped++
      this.log.error({ err: error }, 'packet not handled')
    }
  }

  /** The network took packets more slowly than they came, and this one was given up. */
  dropQueued(): void {
    this.core.counters.dropped++
    this.core.counters.sendQueueDropped++
  }

  hangUp(key: string): void {
    this.perform(hangUp(this.core, key))
  }

  holds(key: string): boolean {
    return this.core.allocations.has(key) || this.core.openings.has(key)
  }

  expire(now: number): void {
    this.perform(expire(this.core, now))
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: Effect): void {
    if (effect.type === 'send') effect.to.send(effect.packet)
    else if (effect.type === 'relay') this.#relays.send(effect.from, effect.data, 0, effect.data.length, effect.to.port, effect.to.ip)
    else if (effect.type === 'open') this.#relays.open(effect.relay)
    else this.#relays.close(effect.relay)
  }

  /** Deletes every allocation. */
  async close(): Promise<void> {
    const { allocations, openings } = this.core
    for (const key of [...allocations.keys(), ...openings.keys()]) this.hangUp(key)
    await this.#relays.closeAll()
  }
}

