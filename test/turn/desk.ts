import { createHash } from 'node:crypto'
import { makeCredentials } from '../../turn/core/credentials.ts'
import type { Relay } from '../../turn/core/types.ts'
import { Core, type Common, type Rules } from '../../turn/core/serverState.ts'
import { usualQuotas } from '../../turn/core/quotas.ts'
import type { Quotas } from '../../turn/common/options.ts'
import type { Effect } from '../../turn/core/effects.ts'
import { relayOpened, relayRefused } from '../../turn/core/pendingAllocation.ts'
import type { Path } from '../../turn/core/fiveTuple.ts'
import { expire, hangUp } from '../../turn/core/deleteAllocation.ts'
import { handle, handlePeer } from '../../turn/core/methods/handlePacket.ts'
import type { Address, Family } from '../../turn/stun/ip.ts'
import { Asker } from './asker.ts'

export const secret = 'a secret of this test'
export const realm = 'test'
export const relayIp = '198.51.100.7'
export const relayIp6 = '2001:db8::7'
export const start = 1_800_000_000_000

type Relayed = Extract<Effect, { type: 'relay' }>
type Sent = Extract<Effect, { type: 'send' }>

export const pathFrom = (remote: Address, transport: Path['transport'] = 'udp'): Path =>
  ({ key: `${transport} ${remote.ip} ${remote.port}`, transport, local: { ip: '198.51.100.1', port: 3478 }, remote, send() {} })

/** The core on a desk: no socket, a clock that is moved by hand, dice that always fall alike. */
export class Desk {
  now = start
  /** What the wall clock is ahead of `now`, in ms. */
  wallStep = 0
  readonly core: Core
  readonly bound = new Set<Relay>()
  readonly sent: Sent[] = []
  readonly relayed: Relayed[] = []
  /** Ports that another process holds. */
  readonly taken = new Set<number>()
  /** Addresses at which no port can be bound. */
  readonly absent = new Set<string>()
  /** Holds back the news that a socket is bound. */
  isSlow = false
  #rolls = 0
  #clients = 0

  constructor({ quotas, ...changes }: Partial<Omit<Rules, 'quotas'>> & { quotas?: Partial<Quotas> } = {}, common: Partial<Common> = {}) {
    this.core = new Core({
      realm,
      secrets: [secret],
      users: new Map(),
      isStrict: false,
      relayPorts: [50_000, 50_099],
      quotas: { ...usualQuotas, user: 50, ...quotas },
      peers: { isOurs: () => false },
      relayAddress: (_asked, family: Family) => {
        const ip = family === 4 ? relayIp : relayIp6
        return { local: ip, advertised: ip }
      },
      random: (length) => createHash('sha512').update(`${this.#rolls++}`).digest().subarray(0, length),
      unixTime: () => this.now + this.wallStep,
      ...changes,
    }, common)
  }

  /** A client at an address of its own, with credentials for an hour unless told otherwise. */
  client({ name = 'anna', transport = 'udp', remote }: { name?: string; transport?: 'udp' | 'tcp'; remote?: Address } = {}): Asker {
    const from = remote ?? { ip: '203.0.113.9', port: 10_000 + this.#clients++ }
    return new Asker(this, pathFrom(from, transport), this.credentials(name))
  }

  credentials(name: string, seconds = 3600): { username: string; credential: string } {
    return makeCredentials(secret, name, Math.floor((this.now + this.wallStep) / 1000) + seconds)
  }

  receive(packet: Uint8Array, path: Path): void {
    this.perform(handle(this.core, packet, path, this.now))
  }

  /** A packet from a peer, to the socket that peers see at `to`. */
  receiveFromPeer(to: Address, data: Uint8Array, from: Address): void {
    const relay = [...this.bound].find(({ advertised }) => advertised.ip === to.ip && advertised.port === to.port)
    if (!relay) throw new Error(`nothing is bound at ${to.ip}:${to.port}`)
    this.perform(handlePeer(this.core, relay, data, from.ip, from.port, this.now))
  }

  hangUp({ key }: Path): void {
    this.perform(hangUp(this.core, key))
  }

  advance(milliseconds: number): void {
    this.now += milliseconds
  }

  expire(): void {
    this.perform(expire(this.core, this.now))
  }

  /** Says that every socket asked for is bound now. */
  finishOpening(): void {
    this.isSlow = false
    for (const relay of [...this.core.awaited.keys()]) this.#open(relay)
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.sent.push(effect)
      else if (effect.type === 'relay') this.relayed.push(effect)
      else if (effect.type === 'close') this.bound.delete(effect.relay)
      else if (!this.isSlow) this.#open(effect.relay)
    }
  }

  #open(relay: Relay): void {
    if (!this.core.awaited.has(relay)) return
    if (this.taken.has(relay.local.port)) return this.perform(relayRefused(this.core, relay))
    if (this.absent.has(relay.local.ip)) return this.perform(relayRefused(this.core, relay, false))
    this.bound.add(relay)
    this.perform(relayOpened(this.core, relay))
  }
}
