import { expect } from 'vitest'
import type { Quotas } from '../../../turn/common/options.ts'
import { makeCredentials } from '../../../turn/core/credentials.ts'
import type { Attribute } from '../../../turn/stun/attributes.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { decode, read, type Message } from '../../../turn/stun/message.ts'
import { secret, startTime } from '../coreHarness.ts'
import { authenticatedRequest, unauthenticatedRequest, type Method } from '../packets.ts'
import { BatchHarness, describeSent, DgramHarness, listeners, type Datagram } from './engineHarness.ts'

/**
 * The batch engine and the calls of `node:dgram`, with the same datagrams. Each step expects that both send the same
 * and count the same.
 */
export class BothEngines {
  readonly batch: BatchHarness
  readonly dgram: DgramHarness
  readonly #credentials = makeCredentials(secret, 'anna', startTime / 1000 + 1e7)

  constructor(quotas: Partial<Quotas> = {}) {
    this.batch = new BatchHarness(quotas)
    this.dgram = new DgramHarness(quotas)
  }

  /**
   * Delivers datagrams to both, and returns what they send. Those to one socket arrive together: the order of sockets is
   * the kernel's, and it would decide which datagram a shared quota drops.
   */
  receive(...datagrams: readonly Datagram[]): Datagram[] {
    const sockets = new Set(datagrams.map(({ to }) => to))
    return [...sockets].flatMap((socket) => this.#receiveAt(datagrams.filter(({ to }) => to === socket)))
  }

  #receiveAt(datagrams: readonly Datagram[]): Datagram[] {
    const [sent, expected] = [this.batch.receive(datagrams), this.dgram.receive(datagrams)]
    expect(describeSent(sent)).toEqual(describeSent(expected))
    this.expectSameCounters()
    return sent
  }

  /** Sends an authenticated request from a client, and returns the response. */
  request(client: Address, method: Method, values: readonly Attribute[]): Message | undefined {
    const challenge = this.#ask(client, unauthenticatedRequest('allocate'))
    const nonce = challenge && read(challenge, 'nonce')
    if (nonce === undefined) return undefined
    return this.#ask(client, authenticatedRequest(method, values, { ...this.#credentials, nonce }))
  }

  #ask(client: Address, data: Uint8Array): Message | undefined {
    const to = listeners[client.ip.includes(':') ? 6 : 4]
    const answer = this.receive({ from: client, to, data }).find(({ to: { port } }) => port === client.port)
    return answer && decode(Buffer.from(answer.data))
  }

  advance(elapsedMs: number): void {
    this.batch.now += elapsedMs
    this.dgram.now += elapsedMs
  }

  sweepExpired(): void {
    this.batch.sweepExpired()
    this.dgram.sweepExpired()
    this.expectSameCounters()
  }

  reconfigure(quotas: Partial<Quotas>, denyPeers: readonly string[]): void {
    this.batch.reconfigure(quotas, denyPeers)
    this.dgram.reconfigure(quotas, denyPeers)
  }

  expectSameCounters(): void {
    expect(this.batch.counters).toEqual(this.dgram.counters)
  }
}
