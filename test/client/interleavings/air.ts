import { FakeConnection } from './connection.ts'
import { refuse } from './operations.ts'
import type { Pace } from './socket.ts'

/** What connections share: who they are, what they do wrong, and the way between two that know each other. */
export class Air {
  readonly connections: FakeConnection[] = []
  /** Another one for each (W3C WebRTC §4.9). */
  readonly certificates: unknown[] = []
  /** What a browser would have refused, or what nobody should have asked. */
  readonly complaints: string[] = []
  /** Operations still to fail, as they may for reasons of the browser's own. */
  failing = 0
  readonly pace: Pace

  constructor(pace: Pace) {
    this.pace = pace
  }

  /** The class that the page's code makes its connections with. */
  get RTCPeerConnection(): typeof RTCPeerConnection {
    const air = (): Air => this
    return class extends FakeConnection {
      constructor(configuration: RTCConfiguration) {
        super(air(), configuration)
      }

      static generateCertificate = (): Promise<unknown> => air().certify()
    } as unknown as typeof RTCPeerConnection
  }

  get open(): FakeConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed)
  }

  async certify(): Promise<unknown> {
    await this.pace.schedule(Promise.resolve(), 'a certificate')
    this.mayFail()
    const certificate = { n: this.certificates.length + 1 }
    this.certificates.push(certificate)
    return certificate
  }

  mayFail(): void {
    if (this.failing === 0) return
    this.failing -= 1
    throw refuse('OperationError', 'the browser knows why')
  }

  partnerOf(one: FakeConnection): FakeConnection | undefined {
    return this.open.find((other) => one.knows(other) && other.knows(one))
  }

  /** Something has changed: a way may be there now. */
  look(signalling: { name: string }): void {
    const one = this.open.find(({ name }) => name === signalling.name)
    const other = one && this.partnerOf(one)
    if (!other || (one.tried === 0 && other.tried === 0)) return
    for (const each of [one, other]) void this.pace.schedule(Promise.resolve(), `${each.name} gets through`).then(() => each.getThrough())
  }
}
