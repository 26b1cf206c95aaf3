import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Limits } from '../../machines/protocol/limits.ts'
import type { Drain } from '../common/drain.ts'
import type { ClientAddress } from '../limits/addressBuckets.ts'
import { AddressUsage } from '../limits/addressUsage.ts'
import type { OriginCheck } from '../net/originPolicy.ts'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

/** The versions that ws supports. Version 8 is the last draft of 13. */
const supportedVersions = new Set(['8', '13'])

type SocketLimits = Pick<Limits, 'socketsPerAddress' | 'addressBudgetsPerSite'>

/** Checks WebSocket upgrades and counts the open sockets per address, and per IPv6 /48. */
export class UpgradeGuard {
  /** Rejected upgrades, counted by HTTP status. */
  readonly rejectedByStatus: Record<string, number> = {}
  /** Open sockets, by address and by IPv6 /48. */
  readonly #sockets = new AddressUsage()
  readonly #drain: Drain
  readonly #checkOrigin: OriginCheck
  readonly #limits: SocketLimits
  /** Called for each rejected upgrade. */
  onRejection: (rejection: Rejection) => void = () => undefined

  constructor(drain: Drain, checkOrigin: OriginCheck, limits: SocketLimits) {
    this.#drain = drain
    this.#checkOrigin = checkOrigin
    this.#limits = limits
  }

  /** Returns why the upgrade is rejected; null if it is allowed. Changes no state. */
  check(incoming: IncomingMessage, client: ClientAddress): Rejection | null {
    if (this.#drain.isDraining) return rejections.draining
    return this.#checkOrigin(incoming) ?? (this.#hasSlot(client) ? null : rejections.tooManyConnections)
  }

  /** Counts the rejection, sends it and closes the connection. */
  reject(stream: Duplex, rejection: Rejection): void {
    const { status } = rejection
    this.rejectedByStatus[status] = (this.rejectedByStatus[status] ?? 0) + 1
    this.onRejection(rejection)
    writeRejection(stream, rejection)
  }

  /** Counts one open socket of this client. Returns a function that releases it; call it once. */
  acquire(client: ClientAddress): () => void {
    this.#count(client, 1)
    return () => this.#count(client, -1)
  }

  #hasSlot({ address, networkPrefix }: ClientAddress): boolean {
    const { socketsPerAddress, addressBudgetsPerSite } = this.#limits
    return (
      this.#sockets.usedBy(address) < socketsPerAddress &&
      this.#sockets.usedBy(networkPrefix) < socketsPerAddress * addressBudgetsPerSite
    )
  }

  #count({ address, networkPrefix }: ClientAddress, amount: 1 | -1): void {
    this.#sockets.add(address, amount)
    if (networkPrefix !== address) this.#sockets.add(networkPrefix, amount)
  }
}

/** Maps a handshake error of ws to a rejection. */
export function handshakeRejection({ method, headers }: IncomingMessage, { message }: Error): Rejection {
  if (method !== 'GET') return rejections.wrongMethod
  if (!supportedVersions.has(headers['sec-websocket-version'] ?? '') && /Version/.test(message))
    return rejections.wrongVersion
  return rejections.badHandshake(message)
}
