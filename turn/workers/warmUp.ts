import { randomBytes } from 'node:crypto'
import type { TurnLog } from '../common/log.ts'
import type { TurnCounters, TurnOptions } from '../common/options.ts'
import { makeCredentials } from '../core/credentials.ts'
import type { Effect } from '../core/effects.ts'
import type { FiveTuple } from '../core/fiveTuple.ts'
import { handlePacket, handlePeerPacket } from '../core/methods/handlePacket.ts'
import { handleRelayBound } from '../core/pendingAllocation.ts'
import { ServerState } from '../core/serverState.ts'
import type { Relay } from '../core/types.ts'
import { RelayAddresses } from '../net/relayAddresses.ts'
import type { Attribute } from '../stun/attributes.ts'
import { encode } from '../stun/encode.ts'
import { longTermKey } from '../stun/integrity.ts'
import type { Address } from '../stun/ip.ts'
import { decode, methods, read } from '../stun/message.ts'
import { createCoreRules, createSharedState } from './coreRules.ts'
import { mainPartition } from './partition.ts'
import { SharedRelayIps } from './sharedRelayIps.ts'

/** Allocations of one warm-up. The first 200 cost two to three times as much as the later ones. */
export const warmUpAllocations = 300

/** Longest delay of the start, in ms. */
const maxWarmUpMs = 300

const realm = 'warm-up'
const expiresAtSeconds = 1_800_003_600
const relayPorts = [1024, 65_535] as const
const server: Address = { ip: '198.51.100.1', port: 3478 }
/** Outside of the ranges that the peer policy denies. No packet leaves: the effects are discarded. */
const peer: Address = { ip: '8.8.8.8', port: 4000 }
const udp: Attribute = ['requestedTransport', 17]
const channelNumber = 0x4000
const payload = Buffer.alloc(1000)
const channelData = Buffer.concat([
  Uint8Array.of(channelNumber >> 8, channelNumber & 0xff, payload.length >> 8, payload.length & 0xff),
  payload,
])
/**
 * The time of every packet, in ms. Like the times of a real clock, it is not an integer of 31 bits. V8 compiles code for
 * such integers separately, and would discard it at the first real packet.
 */
const now = 1_800_000_000_000.5

/**
 * Runs allocations through the core, so that V8 compiles it before clients arrive. After a restart, all clients return
 * at once. The allocations live in a separate core with a random secret, so the real one counts nothing. The effects
 * are discarded: no socket is opened, and nothing is sent. A failure is logged and delays nothing further.
 * @param hasTime called before each allocation; false ends the warm-up
 * @returns the counters of the separate core; undefined after a failure
 */
export function warmUp(log: TurnLog, hasTime: () => boolean = createTimeLimit()): TurnCounters | undefined {
  try {
    const secret = randomBytes(32).toString('hex')
    const state = createState(secret)
    for (let index = 0; index < warmUpAllocations && hasTime(); index++) runAllocation(state, secret, index)
    return state.counters
  } catch (err) {
    log.warn({ err }, 'warm-up failed')
    return undefined
  }
}

function createTimeLimit(): () => boolean {
  const endsAt = performance.now() + maxWarmUpMs
  return () => performance.now() < endsAt
}

/** Built like the real core, so that V8 sees objects of the same shape. */
function createState(secret: string): ServerState {
  const options: TurnOptions = { port: 0, realm, secrets: [secret], relayPorts }
  const partition = mainPartition(options)
  const addresses = new RelayAddresses([], () => [{ ip: server.ip, isLoopback: false }])
  const shared = { relayIpBuffer: SharedRelayIps.createBuffer(), nonceKey: randomBytes(32), timeOrigin: 0 }
  return new ServerState(
    createCoreRules(options, addresses, partition, { now: () => now, unixTimeMs: () => now }),
    createSharedState(options, partition, shared),
  )
}

/** The packets of a browser: Binding, Allocate, permission, channel, media in both directions, and the end. */
function runAllocation(state: ServerState, secret: string, index: number): void {
  const client = new WarmUpClient(state, secret, index)
  client.request(methods.binding, [])
  client.challenge()
  const relay = client.allocate()
  client.request(methods.createPermission, [['xorPeerAddress', peer]])
  client.request(methods.channelBind, [
    ['channelNumber', channelNumber],
    ['xorPeerAddress', peer],
  ])
  client.request(methods.refresh, [['lifetime', 600]])
  client.send(channelData)
  handlePeerPacket(state, relay, payload, peer.ip, peer.port, now)
  client.request(methods.refresh, [['lifetime', 0]])
}

/** Sends packets to a core without a socket. */
class WarmUpClient {
  readonly #state: ServerState
  readonly #fiveTuple: FiveTuple
  readonly #username: string
  readonly #key: Uint8Array
  /** Some browsers send FINGERPRINT, others do not. */
  readonly #hasFingerprint: boolean
  #nonce: string | undefined

  constructor(state: ServerState, secret: string, index: number) {
    const { username, credential } = makeCredentials(secret, `seat-${index}.warmUp`, expiresAtSeconds)
    const remote = { ip: '203.0.113.1', port: 10_000 + index }
    this.#state = state
    this.#fiveTuple = {
      key: `udp ${server.ip} ${remote.ip} ${remote.port}`,
      transport: 'udp',
      local: server,
      remote,
      send() {},
    }
    this.#username = username
    this.#key = longTermKey(username, realm, credential)
    this.#hasFingerprint = index % 2 === 0
  }

  send(packet: Uint8Array): Effect[] {
    return handlePacket(this.#state, packet, this.#fiveTuple, now)
  }

  /** Sends a request, with credentials once the nonce is known. */
  request(method: number, values: readonly Attribute[]): Effect[] {
    const nonce = this.#nonce
    const header = { messageClass: 'request', method, transactionId: randomBytes(12) } as const
    if (nonce === undefined) return this.send(encode(header, values, { hasFingerprint: this.#hasFingerprint }))
    const named: Attribute[] = [...values, ['username', this.#username], ['realm', realm], ['nonce', nonce]]
    return this.send(
      encode(header, named, { integrity: 'messageIntegrity', key: this.#key, hasFingerprint: this.#hasFingerprint }),
    )
  }

  /** Sends an Allocate without credentials and keeps the nonce of the 401. */
  challenge(): void {
    const [effect] = this.request(methods.allocate, [udp])
    this.#nonce = effect?.type === 'send' ? read(decode(effect.packet), 'nonce') : undefined
  }

  allocate(): Relay {
    const [effect] = this.request(methods.allocate, [udp])
    if (effect?.type !== 'open') throw new Error('the core opened no relay')
    handleRelayBound(this.#state, effect.relay)
    return effect.relay
  }
}
