import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { makeCredentials } from '../../../turn/core/credentials.ts'
import type { CoreRules } from '../../../turn/core/serverState.ts'
import { BatchEngine } from '../../../turn/engine/batchEngine.ts'
import { OpenDescriptors } from '../../../turn/engine/openDescriptors.ts'
import { loadSystemCalls } from '../../../turn/engine/systemCalls.ts'
import { dgramEngine } from '../../../turn/net/dgramEngine.ts'
import type { TurnRuntime } from '../../../turn/net/turnRuntime.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { decode, read, type Message } from '../../../turn/stun/message.ts'
import { realm, secret, startTime } from '../coreHarness.ts'
import type { Engine } from '../engines.ts'
import { createRuntime, silentLog } from '../net/createRuntime.ts'
import { authenticatedRequest, readErrorCode, unauthenticatedRequest, type Method } from '../packets.ts'
import { ForgedPackets } from './forgedPackets.ts'

/** A datagram that a socket of the test received. */
export interface Received {
  readonly data: Buffer
  readonly from: Address
}

interface Transaction {
  readonly id: Buffer
  answer: Buffer | undefined
}

/** A lost packet is sent again after this time, in ms. */
const resendMs = 1_000
/** The number of own transactions whose late second response is ignored. */
const recentTransactions = 32
/** Loopback has no relay beyond 127.4.0.0/16, where the permitted peers are. */
const permittedPeers = '127.4.0.0/16'
const settlingIp = '127.250.0.1'

/**
 * A server on loopback, in this thread, with a manual clock. All packets to it have forged sources, so every address of
 * 127/8 can be a client or a peer. All clients have the port `clientPort`, and all peers the port `peerPort`: two sockets
 * receive everything that the server sends to them.
 */
export class AttackedServer {
  now = startTime
  /** Packets to clients, except responses to `request` and `settle`. */
  readonly toClients: Received[] = []
  readonly toPeers: Received[] = []
  readonly warnings: string[] = []
  readonly forged = new ForgedPackets()
  readonly runtime: TurnRuntime
  address: Address = { ip: '127.0.0.1', port: 0 }
  clientPort = 0
  peerPort = 0
  readonly #engine: BatchEngine | undefined
  readonly #credentials = makeCredentials(secret, 'anna', startTime / 1000 + 1e7)
  readonly #nonces = new Map<string, string>()
  /** Transactions of `request`, `settle` and `settleRelay`, newest last. */
  readonly #transactions: Transaction[] = []

  private constructor(engine: Engine, rules: Partial<CoreRules>) {
    if (engine === 'batch')
      this.#engine = new BatchEngine(loadSystemCalls(), new OpenDescriptors(OpenDescriptors.createBuffer()))
    const log = { ...silentLog, warn: this.#warn, error: this.#warn }
    const clock = { now: () => this.now, unixTimeMs: () => this.now }
    this.runtime = createRuntime(
      log,
      {
        realm,
        secrets: [secret],
        relayPorts: [61_000, 61_099],
        peerRules: { isOwnAddress: () => false, allowPeers: [permittedPeers] },
        chooseRelayAddress: (_asked, family) => {
          const ip = family === 4 ? '127.0.0.1' : '::1'
          return { local: ip, advertised: ip }
        },
        unixTimeMs: clock.unixTimeMs,
        ...rules,
      },
      { clock, udp: this.#engine ?? dgramEngine },
    )
  }

  readonly #warn = (_: object, message: string): void => void this.warnings.push(message)

  /** Starts a server that closes when the test ends. */
  static async start(engine: Engine, rules: Partial<CoreRules> = {}): Promise<AttackedServer> {
    const server = new AttackedServer(engine, rules)
    await server.#open()
    return server
  }

  async #open(): Promise<void> {
    const { runtime } = this
    const stopEngine = (await this.#engine?.start(() => false)) ?? (() => {})
    const listener = await runtime.udp.listen(runtime, '127.0.0.1', 0)
    this.address = listener.address
    const clients = await openSocket((data, from) => this.#receiveAtClient(data, from))
    const peers = await openSocket((data, { address: ip, port }) => this.toPeers.push({ data, from: { ip, port } }))
    ;[this.clientPort, this.peerPort] = [clients.address().port, peers.address().port]
    onTestFinished(async () => {
      await listener.close()
      await runtime.close()
      stopEngine()
      for (const socket of [clients, peers]) await new Promise<void>((resolve) => socket.close(resolve))
      this.forged.close()
    })
  }

  #receiveAtClient(data: Buffer, { address: ip, port }: RemoteInfo): void {
    const transaction = this.#transactions.find(({ id }) => data.includes(id))
    if (transaction) transaction.answer ??= data
    else this.toClients.push({ data, from: { ip, port } })
  }

  client(ip: string): Address {
    return { ip, port: this.clientPort }
  }

  peer(ip: string): Address {
    return { ip, port: this.peerPort }
  }

  /** Sends a packet of a client to the server. */
  send(client: Address, packet: Uint8Array): void {
    this.forged.send(client, this.address, packet)
  }

  /** Sends a request with credentials, and returns the response. */
  async request(client: Address, method: Method, values: readonly Attribute[] = []): Promise<Message> {
    const key = `${client.ip} ${client.port}`
    for (;;) {
      const nonce = this.#nonces.get(key) ?? read(await this.#ask(client, unauthenticatedRequest('allocate')), 'nonce')!
      this.#nonces.set(key, nonce)
      const answer = await this.#ask(client, authenticatedRequest(method, values, { ...this.#credentials, nonce }))
      if (readErrorCode(answer) !== 438) return answer
      this.#nonces.delete(key)
    }
  }

  /** Allocates and returns the first relayed address. */
  async allocate(client: Address, ...more: readonly Attribute[]): Promise<Address> {
    return read(await this.request(client, 'allocate', [['requestedTransport', 17], ...more]), 'xorRelayedAddress')!
  }

  /** Binds a channel to a peer. */
  async bind(client: Address, channelNumber: number, peer: Address): Promise<Message> {
    return this.request(client, 'channelBind', [
      ['channelNumber', channelNumber],
      ['xorPeerAddress', peer],
    ])
  }

  /** Resolves when the server has handled every packet that was sent to its listener before this call. */
  async settle(): Promise<void> {
    await this.#ask(this.client(settlingIp), unauthenticatedRequest('binding'))
  }

  /**
   * Resolves when the server has handled every packet that was sent to a relay before this call.
   * @param peer with a permission; its packet reaches the client
   */
  async settleRelay(relay: Address, peer: Address): Promise<void> {
    const marker = unauthenticatedRequest('binding')
    await this.#exchange(marker, () => this.forged.send(peer, relay, marker))
  }

  /** Resolves when something has been received. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
  }

  async #ask(from: Address, packet: Uint8Array): Promise<Message> {
    return decode(await this.#exchange(packet, () => this.send(from, packet)))
  }

  /** Returns the first packet to a client with the transaction id of the request. */
  async #exchange(request: Uint8Array, send: () => void): Promise<Buffer> {
    const transaction: Transaction = { id: Buffer.from(request.subarray(8, 20)), answer: undefined }
    this.#transactions.push(transaction)
    if (this.#transactions.length > recentTransactions) this.#transactions.shift()
    for (;;) {
      send()
      const resendAt = performance.now() + resendMs
      await this.until(() => transaction.answer !== undefined || performance.now() > resendAt)
      if (transaction.answer) return transaction.answer
    }
  }

  /** Number of entries of each table that an attacker might fill. */
  get tableSizes(): number[] {
    const { allocations, pendingAllocations, pendingRelays, reservations, allocationCounts, meters } =
      this.runtime.state
    return [
      allocations,
      pendingAllocations,
      pendingRelays,
      reservations,
      allocationCounts.byUser,
      allocationCounts.byNetwork,
      meters,
    ].map(({ size }) => size)
  }
}

/** Returns the number of open descriptors of this process. */
export const countDescriptors = (): number => readdirSync('/proc/self/fd').length

async function openSocket(onMessage: (data: Buffer, from: RemoteInfo) => void): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
  socket.on('message', onMessage)
  socket.bind(0, '0.0.0.0')
  await once(socket, 'listening')
  return socket
}
