import { randomBytes } from 'node:crypto'
import { createTRPCClient, createWSClient, TRPCClientError, wsLink, type WebSocketClientOptions } from '@trpc/client'
import type { ClientOptions, WebSocket } from 'ws'
import type { ErrorCode, JoinedEvent, PeerMessage, RoomEvent, RoomView } from '../../machines/protocol/messages.ts'
import type { MediaFlow, RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import type { AppRouter } from '../../server/api/router.ts'
import { TestSockets, toApiUrl } from './testSockets.ts'

/** A new random join key. */
export const newJoinKey = (): string => randomBytes(32).toString('base64url')

/** An item of a subscription: an event with its position, an error, or the end. */
export type ReceivedItem = { id: string; event: RoomEvent } | { errorCode: ErrorCode | undefined } | 'completed'

/** The inputs of a join beside the room. */
export interface JoinOptions {
  joinKey?: string
  token?: string
  formerToken?: string
  lastEventId?: string
  requestedAt?: number
  includeTrace?: boolean
  mediaFlow?: MediaFlow
  policy?: RoomPolicy
  preparation?: number
}

/** tRPC's own client, with one socket at a time. */
export class TestClient {
  readonly trpc
  readonly #client
  readonly #sockets: TestSockets

  constructor(url: string, socketOptions: ClientOptions = {}, trpcOptions: Partial<WebSocketClientOptions> = {}) {
    this.#sockets = new TestSockets(socketOptions)
    this.#client = createWSClient({
      url: toApiUrl(url),
      WebSocket: this.#sockets.WebSocket,
      retryDelayMs: () => 10,
      ...trpcOptions,
    })
    this.trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: this.#client })] })
  }

  /** Joins a room with these inputs. By default with a new join key. */
  join(room: string, more: JoinOptions = {}): TestSubscription {
    return new TestSubscription(this, room, { joinKey: newJoinKey(), ...more })
  }

  /** Visits a room, and asks for admission with this key and name. */
  visit(room: string, ask?: { joinKey: string; name?: string }): TestVisit {
    return new TestVisit(this, room, ask)
  }

  /** The current socket. @throws before the first one is created */
  get socket(): WebSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no socket yet')
    return socket
  }

  /** Every socket that the client opened, in order. */
  get sockets(): readonly WebSocket[] {
    return this.#sockets.all
  }

  /** Cuts the socket without a close handshake. */
  async terminate(): Promise<void> {
    const socket = this.socket
    const closed = new Promise((resolve) => socket.once('close', resolve))
    void this.#client.close()
    socket.terminate()
    await closed
  }

  /** Closes the socket as a browser does when it leaves the page: with 1001, and without `room.leave`. */
  async navigateAway(): Promise<void> {
    const socket = this.socket
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close(1001)
    void this.#client.close()
    await closed
  }

  /** Closes the client with tRPC's own `close`. */
  disconnect(): Promise<void> {
    return this.#client.close()
  }

  /** Terminates all sockets. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate()
    await this.#client.close()
  }
}

/** One subscription to a room. Items are read one at a time, in the order of their arrival. */
export class TestSubscription {
  readonly room: string
  readonly joinKey: string
  readonly #client: TestClient
  readonly #received: ReceivedItem[] = []
  readonly #waiting: ((item: ReceivedItem) => void)[] = []
  readonly #subscription: { unsubscribe(): void }
  #seq = 0

  constructor(client: TestClient, room: string, input: JoinOptions & { joinKey: string }) {
    this.#client = client
    this.room = room
    this.joinKey = input.joinKey
    this.#subscription = client.trpc.room.join.subscribe(
      { room, ...input },
      {
        onData: ({ id, data }) => this.#receive({ id, event: data }),
        onError: (error) => this.#receive({ errorCode: error.data?.code }),
        onComplete: () => this.#receive('completed'),
      },
    )
  }

  /** Resolves to the next item. */
  next(): Promise<ReceivedItem> {
    const item = this.#received.shift()
    return item ? Promise.resolve(item) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /**
   * Resolves to the next event.
   * @throws if the next item is not an event of this type
   */
  async expectEvent<T extends RoomEvent['type']>(type: T): Promise<Extract<RoomEvent, { type: T }> & { id: string }> {
    const item = await this.next()
    if (item === 'completed' || 'errorCode' in item || item.event.type !== type) {
      throw new Error(`expected ${type}, received ${JSON.stringify(item)}`)
    }
    return { ...(item.event as Extract<RoomEvent, { type: T }>), id: item.id }
  }

  /** Resolves to the next event, which must be `joined`. */
  joined(): Promise<JoinedEvent & { id: string }> {
    return this.expectEvent('joined')
  }

  /** Resolves to the error code of the next item, which must be an error. */
  async rejected(): Promise<ErrorCode | undefined> {
    const item = await this.next()
    if (item === 'completed' || !('errorCode' in item))
      throw new Error(`expected an error, received ${JSON.stringify(item)}`)
    return item.errorCode
  }

  /** Items that were received and not read yet. */
  get unread(): readonly ReceivedItem[] {
    return this.#received
  }

  /** Sends the next message, or the one with this number. */
  async send(message: PeerMessage, seq = this.#seq + 1): Promise<number> {
    this.#seq = Math.max(this.#seq, seq)
    const { acked } = await this.#client.trpc.room.send.mutate({ room: this.room, seq, message })
    return acked
  }

  /** Sends `room.reportMedia`. */
  reportMedia(mediaFlow: MediaFlow): Promise<void> {
    return this.#client.trpc.room.reportMedia.mutate({ room: this.room, mediaFlow })
  }

  /** Sends `room.answerVisitor`. */
  answerVisitor(visitor: number, isAdmitted: boolean): Promise<void> {
    return this.#client.trpc.room.answerVisitor.mutate({ room: this.room, visitor, isAdmitted })
  }

  /** Sends `room.setPolicy`. */
  setPolicy(policy: RoomPolicy): Promise<void> {
    return this.#client.trpc.room.setPolicy.mutate({ room: this.room, policy })
  }

  /** Sends `room.leave`. */
  leave(pageClosing = false): Promise<void> {
    return this.#client.trpc.room.leave.mutate({ room: this.room, pageClosing })
  }

  /** Stops the subscription without `room.leave`. */
  unsubscribe(): void {
    this.#subscription.unsubscribe()
  }

  #receive(item: ReceivedItem): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(item)
    else this.#received.push(item)
  }
}

/** One visit of a room. */
export class TestVisit {
  readonly #received: (RoomView | ErrorCode | 'completed')[] = []
  readonly #waiting: (() => void)[] = []
  readonly #subscription: { unsubscribe(): void }

  constructor(client: TestClient, room: string, ask?: { joinKey: string; name?: string }) {
    this.#subscription = client.trpc.room.visit.subscribe(
      { room, ...(ask && { ask }) },
      {
        onData: (view) => this.#receive(view),
        onError: (error) => this.#receive(error.data?.code ?? 'internal'),
        onComplete: () => this.#receive('completed'),
      },
    )
  }

  /** Resolves to the next view, or to the error code. */
  async next(): Promise<RoomView | ErrorCode | 'completed'> {
    while (this.#received.length === 0) await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    return this.#received.shift()!
  }

  /** Resolves to the first view that matches. Skips the others. */
  async until(wanted: Partial<RoomView>): Promise<RoomView> {
    for (;;) {
      const view = await this.next()
      if (typeof view === 'string') throw new Error(`the visit ended: ${view}`)
      if (Object.entries(wanted).every(([name, value]) => view[name as keyof RoomView] === value)) return view
    }
  }

  /** Everything that was received and not read yet. */
  get unread(): readonly unknown[] {
    return this.#received
  }

  /** Stops the visit: the visitor cancels. */
  stop(): void {
    this.#subscription.unsubscribe()
  }

  #receive(item: RoomView | ErrorCode | 'completed'): void {
    this.#received.push(item)
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** The error code of a request that fails with an API error. Other errors are rethrown. */
export async function errorCodeOf(call: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await call
  } catch (error) {
    if (error instanceof TRPCClientError) return (error.data as { code?: ErrorCode } | null)?.code
    throw error
  }
  throw new Error('expected an error')
}

let connections = 0
/** An offer with negotiation number 1. By default on a new connection. */
export const offer = (connection = `a1.${++connections}`): PeerMessage => ({
  type: 'offer',
  connection,
  negotiation: 1,
  sdp: sdp('offer'),
})
/** An answer with negotiation number 1. */
export const answer = (connection: string): PeerMessage => ({
  type: 'answer',
  connection,
  negotiation: 1,
  sdp: sdp('answer'),
})
/** A host candidate with this port. */
export const candidate = (connection: string, port: number): PeerMessage => ({
  type: 'candidate',
  connection,
  candidate: {
    candidate: `candidate:1 1 udp 2122260223 192.0.2.7 ${port} typ host`,
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'uf',
  },
})
const sdp = (name: string): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=${name}\r\nt=0 0\r\na=ice-ufrag:uf\r\na=ice-pwd:canarycanarycanary\r\n`
