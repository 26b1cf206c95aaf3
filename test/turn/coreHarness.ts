import { createHash } from 'node:crypto'
import { makeCredentials } from '../../turn/core/credentials.ts'
import type { Relay } from '../../turn/core/types.ts'
import { ServerState, type SharedState, type CoreRules } from '../../turn/core/serverState.ts'
import { defaultQuotas } from '../../turn/core/quotas.ts'
import type { Quotas } from '../../turn/common/options.ts'
import type { Effect } from '../../turn/core/effects.ts'
import { handleRelayBound, handleRelayFailed } from '../../turn/core/pendingAllocation.ts'
import type { FiveTuple } from '../../turn/core/fiveTuple.ts'
import { sweepExpired, closeClient } from '../../turn/core/deleteAllocation.ts'
import { handlePacket, handlePeerPacket } from '../../turn/core/methods/handlePacket.ts'
import type { Address, Family } from '../../turn/stun/ip.ts'
import { TurnTestClient } from './turnTestClient.ts'

export const secret = 'a secret of this test'
export const realm = 'test'
export const relayIp = '198.51.100.7'
export const relayIp6 = '2001:db8::7'
export const startTime = 1_800_000_000_000

type Relayed = Extract<Effect, { type: 'relay' }>
type Sent = Extract<Effect, { type: 'send' }>

export const fiveTupleFrom = (remote: Address, transport: FiveTuple['transport'] = 'udp'): FiveTuple => ({
  key: `${transport} ${remote.ip} ${remote.port}`,
  transport,
  local: { ip: '198.51.100.1', port: 3478 },
  remote,
  send() {},
})

/** Drives the core without sockets, with a manual clock and deterministic random bytes. */
export class CoreHarness {
  now = startTime
  /** Wall clock minus `now`, in ms. */
  wallClockOffsetMs = 0
  readonly state: ServerState
  readonly boundRelays = new Set<Relay>()
  readonly sent: Sent[] = []
  readonly relayed: Relayed[] = []
  /** Ports that another process holds. */
  readonly conflictingPorts = new Set<number>()
  /** Addresses where every bind fails. */
  readonly unbindableIps = new Set<string>()
  /** If true, sockets are bound only by `completeBinds`. */
  isBindDelayed = false
  #rolls = 0
  #clients = 0

  constructor(
    { quotas, ...changes }: Partial<Omit<CoreRules, 'quotas'>> & { quotas?: Partial<Quotas> } = {},
    common: Partial<SharedState> = {},
  ) {
    this.state = new ServerState(
      {
        realm,
        secrets: [secret],
        users: new Map(),
        hasStrictExpiry: false,
        relayPorts: [50_000, 50_099],
        quotas: { ...defaultQuotas, user: 50, ...quotas },
        peerRules: { isOwnAddress: () => false },
        chooseRelayAddress: (_asked, family: Family) => {
          const ip = family === 4 ? relayIp : relayIp6
          return { local: ip, advertised: ip }
        },
        randomBytes: (length) => createHash('sha512').update(`${this.#rolls++}`).digest().subarray(0, length),
        unixTimeMs: () => this.now + this.wallClockOffsetMs,
        ...changes,
      },
      common,
    )
  }

  /** Creates a client with its own address. By default its credentials are valid for an hour. */
  client({
    name = 'anna',
    transport = 'udp',
    remote,
  }: { name?: string; transport?: 'udp' | 'tcp'; remote?: Address } = {}): TurnTestClient {
    const from = remote ?? { ip: '203.0.113.9', port: 10_000 + this.#clients++ }
    return new TurnTestClient(this, fiveTupleFrom(from, transport), this.credentials(name))
  }

  credentials(name: string, seconds = 3600): { username: string; credential: string } {
    return makeCredentials(secret, name, Math.floor((this.now + this.wallClockOffsetMs) / 1000) + seconds)
  }

  receive(packet: Uint8Array, fiveTuple: FiveTuple): void {
    this.perform(handlePacket(this.state, packet, fiveTuple, this.now))
  }

  /** Delivers a peer's packet to the relay at `to`. */
  receiveFromPeer(to: Address, data: Uint8Array, from: Address): void {
    const relay = [...this.boundRelays].find(({ advertised }) => advertised.ip === to.ip && advertised.port === to.port)
    if (!relay) throw new Error(`no relay is bound at ${to.ip}:${to.port}`)
    this.perform(handlePeerPacket(this.state, relay, data, from.ip, from.port, this.now))
  }

  closeClient({ key }: FiveTuple): void {
    this.perform(closeClient(this.state, key))
  }

  advance(elapsedMs: number): void {
    this.now += elapsedMs
  }

  sweepExpired(): void {
    this.perform(sweepExpired(this.state, this.now))
  }

  /** Reports all requested sockets as bound. */
  completeBinds(): void {
    this.isBindDelayed = false
    for (const relay of [...this.state.pendingRelays.keys()]) this.#bind(relay)
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.sent.push(effect)
      else if (effect.type === 'relay') this.relayed.push(effect)
      else if (effect.type === 'close') this.boundRelays.delete(effect.relay)
      else if (!this.isBindDelayed) this.#bind(effect.relay)
    }
  }

  #bind(relay: Relay): void {
    if (!this.state.pendingRelays.has(relay)) return
    if (this.conflictingPorts.has(relay.local.port)) return this.perform(handleRelayFailed(this.state, relay))
    if (this.unbindableIps.has(relay.local.ip)) return this.perform(handleRelayFailed(this.state, relay, false))
    this.boundRelays.add(relay)
    this.perform(handleRelayBound(this.state, relay))
  }
}
