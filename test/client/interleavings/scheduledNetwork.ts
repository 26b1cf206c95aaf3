import { FakePeerConnection } from './fakePeerConnection.ts'
import { createDomException } from './operationsChain.ts'
import type { TaskScheduler } from './scheduledSocket.ts'

/**
 * State shared by the fake connections: the list of connections, their API violations and the transports between
 * partners.
 */
export class ScheduledNetwork {
  readonly connections: FakePeerConnection[] = []
  /** The generated certificates, one per connection (webrtc-pc §4.9). */
  readonly certificates: unknown[] = []
  /** API violations: calls that a browser would reject, and calls that no code should make. */
  readonly violations: string[] = []
  /** Number of operations that will still fail, as they may for internal reasons of a browser. */
  pendingFailures = 0
  readonly scheduler: TaskScheduler

  constructor(scheduler: TaskScheduler) {
    this.scheduler = scheduler
  }

  /** The class with which the client creates its connections. */
  get RTCPeerConnection(): typeof RTCPeerConnection {
    const network = (): ScheduledNetwork => this
    return class extends FakePeerConnection {
      constructor(configuration: RTCConfiguration) {
        super(network(), configuration)
      }

      static generateCertificate = (): Promise<unknown> => network().generateCertificate()
    } as unknown as typeof RTCPeerConnection
  }

  get openConnections(): FakePeerConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed)
  }

  async generateCertificate(): Promise<unknown> {
    await this.scheduler.schedule(Promise.resolve(), 'a certificate')
    this.throwIfFailurePending()
    const certificate = { n: this.certificates.length + 1 }
    this.certificates.push(certificate)
    return certificate
  }

  throwIfFailurePending(): void {
    if (this.pendingFailures === 0) return
    this.pendingFailures -= 1
    throw createDomException('OperationError', 'internal browser error')
  }

  findPartner(one: FakePeerConnection): FakePeerConnection | undefined {
    return this.openConnections.find(
      (other) => one.hasAppliedDescriptionOf(other) && other.hasAppliedDescriptionOf(one),
    )
  }

  /** Called when descriptions or candidates changed. Connects partners that have a transport now. */
  checkPath(signalling: { name: string }): void {
    const one = this.openConnections.find(({ name }) => name === signalling.name)
    const other = one && this.findPartner(one)
    if (!other || (one.candidateCount === 0 && other.candidateCount === 0)) return
    for (const each of [one, other])
      void this.scheduler.schedule(Promise.resolve(), `${each.name} gets through`).then(() => each.connectPath())
  }
}
