import { FakeCertificate } from './fakeCertificates.ts'
import { type FakeConfiguration, FakePeerConnection } from './fakePeerConnection.ts'
import { createDomException } from './operationsChain.ts'
import type { TaskScheduler } from '../common/taskScheduler.ts'

/**
 * State shared by the fake connections: the list of connections, their API violations and the transports between
 * partners.
 */
export class FakePeerNetwork {
  readonly connections: FakePeerConnection[] = []
  /** The generated certificates, one per connection (webrtc-pc §4.9). */
  readonly certificates: FakeCertificate[] = []
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
    const network = (): FakePeerNetwork => this
    return class extends FakePeerConnection {
      constructor(configuration: FakeConfiguration) {
        super(network(), configuration)
      }

      static generateCertificate = (): Promise<FakeCertificate> => network().generateCertificate()
    } as unknown as typeof RTCPeerConnection
  }

  get openConnections(): FakePeerConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed)
  }

  async generateCertificate(): Promise<FakeCertificate> {
    await this.scheduler.schedule(Promise.resolve(), 'a certificate')
    this.throwIfFailurePending()
    return this.#addCertificate()
  }

  /** Creates a connection at once. Tests of one part of the client use it instead of the class. */
  createConnection(): FakePeerConnection {
    return new FakePeerConnection(this, { certificates: [this.#addCertificate()] })
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

  #addCertificate(): FakeCertificate {
    const certificate = new FakeCertificate()
    this.certificates.push(certificate)
    return certificate
  }
}
