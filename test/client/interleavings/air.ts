import { FakeConnection } from './connection.ts'
import type { Pace } from './socket.ts'

/** What connections share: who they are, what they do wrong, and the way between two that know each other. */
export class Air {
  readonly connections: FakeConnection[] = []
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
      constructor() {
        super(air())
      }
    } as unknown as typeof RTCPeerConnection
  }

  get open(): FakeConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed)
  }

  partnerOf(one: FakeConnection): FakeConnection | undefined {
    return this.open.find((other) => one.knows(other) && other.knows(one))
  }

  /** Something has changed: a way may be there now. */
  look(one: FakeConnection): void {
    const other = this.partnerOf(one)
    if (!other || (one.tried === 0 && other.tried === 0)) return
    for (const each of [one, other]) void this.pace.schedule(Promise.resolve(), `${each.name} gets through`).then(() => each.getThrough())
  }
}
