import { createHash } from 'node:crypto'
import type { Quotas, TurnCounters } from '../../../turn/common/options.ts'
import { relayToClient } from '../../../turn/core/channelData.ts'
import { handleRelayBound } from '../../../turn/core/pendingAllocation.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'
import { reconfigure } from '../../../turn/core/reconfigure.ts'
import type { CoreRules } from '../../../turn/core/serverState.ts'
import type { Relay } from '../../../turn/core/types.ts'
import { BatchEngine } from '../../../turn/engine/batchEngine.ts'
import { OpenDescriptors } from '../../../turn/engine/openDescriptors.ts'
import { createPacketHandler } from '../../../turn/net/udp.ts'
import { readCounters } from '../../../turn/net/lifecycle.ts'
import { TurnRuntime } from '../../../turn/net/turnRuntime.ts'
import type { RelaySockets, UdpContext, UdpEngine } from '../../../turn/net/udpEngine.ts'
import type { Address, Family } from '../../../turn/stun/ip.ts'
import { realm, relayIp, relayIp6, secret, startTime } from '../coreHarness.ts'
import { databaseIp } from '../deniedPeers.ts'
import { silentLog } from '../net/createRuntime.ts'
import { FakeKernel, maxUdpBytes } from './fakeKernel.ts'

export const listeners: Readonly<Record<Family, Address>> = {
  4: { ip: '198.51.100.1', port: 3478 },
  6: { ip: '2001:db8::1', port: 3478 },
}

/** A datagram that a server received or sent. */
export interface Datagram {
  readonly from: Address
  readonly to: Address
  readonly data: Uint8Array
}

/** One server with a manual clock: the core behind the batch engine, or behind the calls of `node:dgram`. */
export abstract class ServerHarness {
  now = startTime
  abstract readonly runtime: TurnRuntime
  #rolls = 0

  /** Delivers datagrams at one moment, and returns what the server sends. */
  abstract receive(datagrams: readonly Datagram[]): Datagram[]

  get counters(): TurnCounters {
    return readCounters(this.runtime.state)
  }

  sweepExpired(): void {
    this.runtime.sweepExpired(this.now)
  }

  /** Applies other quotas and denied peers, as a reload does. */
  reconfigure(quotas: Partial<Quotas>, denyPeers: readonly string[]): void {
    const { rules } = this.runtime.state
    reconfigure(this.runtime.state, {
      ...rules,
      quotas: { ...defaultQuotas, ...quotas },
      peerRules: { ...rules.peerRules, denyPeers },
    })
  }

  protected createRuntime(udp: UdpEngine, quotas: Partial<Quotas>): TurnRuntime {
    const rules: CoreRules = {
      realm,
      secrets: [secret],
      users: new Map(),
      hasStrictExpiry: false,
      relayPorts: [50_000, 50_099],
      quotas: { ...defaultQuotas, ...quotas },
      peerRules: { isOwnAddress: (ip) => ip === databaseIp },
      chooseRelayAddress: (_asked, family) => {
        const ip = family === 4 ? relayIp : relayIp6
        return { local: ip, advertised: ip }
      },
      randomBytes: (length) => createHash('sha512').update(`${this.#rolls++}`).digest().subarray(0, length),
      unixTimeMs: () => this.now,
    }
    const clock = { now: () => this.now, unixTimeMs: () => this.now }
    return new TurnRuntime(rules, { log: silentLog, clock, udp })
  }
}

/** The batch engine with a fake kernel. */
export class BatchHarness extends ServerHarness {
  readonly kernel = new FakeKernel()
  readonly engine = new BatchEngine(this.kernel, new OpenDescriptors(OpenDescriptors.createBuffer()))
  readonly runtime: TurnRuntime

  constructor(quotas: Partial<Quotas> = {}) {
    super()
    this.runtime = this.createRuntime(this.engine, quotas)
    for (const { ip, port } of Object.values(listeners)) void this.engine.listen(this.runtime, ip, port)
  }

  receive(datagrams: readonly Datagram[]): Datagram[] {
    for (const { from, to, data } of datagrams) this.kernel.deliver(from, to, data)
    this.kernel.sent.length = 0
    while (this.engine.sockets.turn(0) !== 0);
    return [...this.kernel.sent]
  }
}

/** The core behind the calls that `node:dgram` makes. */
export class DgramHarness extends ServerHarness {
  readonly runtime: TurnRuntime
  readonly #sent: Datagram[] = []
  readonly #relays = new Set<Relay>()

  constructor(quotas: Partial<Quotas> = {}) {
    super()
    const udp = {
      name: 'dgram',
      canSetDontFragment: true,
      listen: () => Promise.reject(new Error('not used')),
      createRelaySockets: (context: UdpContext) => this.#createRelaySockets(context),
    } as const
    this.runtime = this.createRuntime(udp, quotas)
  }

  receive(datagrams: readonly Datagram[]): Datagram[] {
    this.#sent.length = 0
    for (const datagram of datagrams) this.#receiveOne(datagram)
    return [...this.#sent]
  }

  #receiveOne({ from, to, data }: Datagram): void {
    const relay = [...this.#relays].find(({ local }) => local.ip === to.ip && local.port === to.port)
    if (relay) return this.#receiveFromPeer(relay, data, from)
    if (to.port !== listeners[4].port) return
    const sender: Pick<Parameters<typeof createPacketHandler>[1], 'send'> = {
      send: (packet, offset, length, port, ip) =>
        this.#send({ from: to, to: { ip, port }, data: packet.slice(offset, offset + length) }),
    }
    const family = from.ip.includes(':') ? 'IPv6' : 'IPv4'
    createPacketHandler(
      this.runtime,
      sender,
      to,
    )(Buffer.from(data), { address: from.ip, port: from.port, family, size: data.length })
  }

  /** The kernel rejects a larger datagram. */
  #send(datagram: Datagram): void {
    if (datagram.data.length > maxUdpBytes) this.runtime.state.counters.dropped++
    else this.#sent.push(datagram)
  }

  /** As `DgramRelaySockets` does for each datagram. */
  #receiveFromPeer(relay: Relay, data: Uint8Array, { ip, port }: Address): void {
    const { state } = this.runtime
    const packet = relayToClient(state, relay, data, ip, port, this.now)
    if (!packet) return void state.counters.dropped++
    state.counters.packetsToClients++
    state.counters.bytesToClients += data.length
    relay.allocation!.fiveTuple.send(packet)
  }

  #createRelaySockets(context: UdpContext): RelaySockets {
    const send: RelaySockets['send'] = (relay, packet, offset, length, port, ip) => {
      context.state.counters.packetsToPeers++
      context.state.counters.bytesToPeers += length
      this.#send({ from: relay.local, to: { ip, port }, data: packet.slice(offset, offset + length) })
    }
    return {
      open: (relay) => {
        if (!context.state.pendingRelays.has(relay)) return
        this.#relays.add(relay)
        context.perform(handleRelayBound(context.state, relay))
      },
      send,
      sendWhole: (relay, packet, port, ip) => send(relay, packet, 0, packet.length, port, ip),
      close: (relay) => void this.#relays.delete(relay),
      closeAll: () => Promise.resolve(),
    }
  }
}

/** Returns datagrams as text, in the order of each socket. The engine sends those of one socket together. */
export const describeSent = (sent: readonly Datagram[]): string[] =>
  sent
    .map(({ from, to, data }) => ({
      socket: `${from.ip} ${from.port}`,
      text: `${from.ip} ${from.port} > ${to.ip} ${to.port}: ${data.length} ${createHash('sha1').update(data).digest('hex')}`,
    }))
    .sort((a, b) => (a.socket < b.socket ? -1 : a.socket > b.socket ? 1 : 0))
    .map(({ text }) => text)

/** Returns the relays that are bound now, of either family. */
export const relaysOf = ({ runtime }: ServerHarness): Address[] =>
  [...runtime.state.allocations.values()].flatMap(({ relays }) => relays.map(({ local }) => local))
