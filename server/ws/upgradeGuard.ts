import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Drain } from '../common/drain.ts'
import type { OriginCheck } from '../net/originPolicy.ts'
import { rejections, writeRejection, type Rejection } from '../net/rejection.ts'

/** The versions that ws supports. Version 8 is the last draft of 13. */
const supportedVersions = new Set(['8', '13'])

/** Checks WebSocket upgrades and counts the open sockets per address. */
export class UpgradeGuard {
  /** Rejected upgrades, counted by HTTP status. */
  readonly rejectedByStatus: Record<string, number> = {}
  readonly #counts = new Map<string, number>()
  readonly #drain: Drain
  readonly #checkOrigin: OriginCheck
  readonly #socketsPerAddress: number
  /** Called for each rejected upgrade. */
  onRejection: (rejection: Rejection) => void = () => undefined

  constructor(drain: Drain, checkOrigin: OriginCheck, socketsPerAddress: number) {
    this.#drain = drain
    this.#checkOrigin = checkOrigin
    this.#socketsPerAddress = socketsPerAddress
  }

  /** Returns why the upgrade is rejected; null if it is allowed. Changes no state. */
  check(incoming: IncomingMessage, address: string): Rejection | null {
    if (this.#drain.isDraining) return rejections.draining
    return (
      this.#checkOrigin(incoming) ??
      (this.#count(address) < this.#socketsPerAddress ? null : rejections.tooManyConnections)
    )
  }

  /** Counts the rejection, sends it and closes the connection. */
  reject(stream: Duplex, rejection: Rejection): void {
    const { status } = rejection
    this.rejectedByStatus[status] = (this.rejectedByStatus[status] ?? 0) + 1
    this.onRejection(rejection)
    writeRejection(stream, rejection)
  }

  /** Counts one open socket of this address. Returns a function that releases it; call it once. */
  acquire(address: string): () => void {
    this.#counts.set(address, this.#count(address) + 1)
    return () => {
      const left = this.#count(address) - 1
      if (left > 0) this.#counts.set(address, left)
      else this.#counts.delete(address)
    }
  }

  #count(address: string): number {
    return this.#counts.get(address) ?? 0
  }
}

/** Maps a handshake error of ws to a rejection. */
export function handshakeRejection({ method, headers }: IncomingMessage, { message }: Error): Rejection {
  if (method !== 'GET') return rejections.wrongMethod
  if (!supportedVersions.has(headers['sec-websocket-version'] ?? '') && /Version/.test(message))
    return rejections.wrongVersion
  return rejections.badHandshake(message)
}
