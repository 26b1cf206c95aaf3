import { randomBytes } from 'node:crypto'
import { createTRPCClient, createWSClient, TRPCClientError, wsLink } from '@trpc/client'
import { WebSocket, type ClientOptions } from 'ws'
import type { Code, Joined, PeerMessage, RoomEvent } from '../../machines/protocol/messages.ts'
import type { AppRouter } from '../../server/api/router.ts'

export const newKey = (): string => randomBytes(32).toString('base64url')

/** What a visit heard next: an event with its position, a refusal, or the end. */
export type Heard = { id: string; event: RoomEvent } | { refused: Code | undefined } | 'completed'

/** Someone with a socket of their own. */
export class Person {
  readonly trpc
  readonly #client
  readonly #sockets: WebSocket[] = []

  constructor(url: string, options: ClientOptions = {}) {
    const sockets = this.#sockets
    class Socket extends WebSocket {
      constructor(address: string | URL) {
        super(address, options)
        this.on('error', () => undefined)
        sockets.push(this)
      }
    }
    this.#client = createWSClient({
      url: `${url.replace(/^http/, 'ws')}/trpc`, WebSocket: Socket as unknown as typeof globalThis.WebSocket,
      retryDelayMs: () => 10,
    })
    this.trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: this.#client })] })
  }

  visit(room: string, more: { key?: string; token?: string; former?: string; lastEventId?: string; asked?: number; log?: boolean; media?: 'flowing' | 'stopped' } = {}): Visit {
    return new Visit(this, room, { key: newKey(), ...more })
  }

  get socket(): WebSocket {
    const socket = this.#sockets.at(-1)
    if (!socket) throw new Error('no socket yet')
    return socket
  }

  /** Vanishes without a word. */
  async vanish(): Promise<void> {
    const socket = this.socket
    const closed = new Promise((resolve) => socket.once('close', resolve))
    void this.#client.close()
    socket.terminate()
    await closed
  }

  /** Goes elsewhere with the browser, which says so and lets the page say nothing. */
  async browseOn(): Promise<void> {
    const socket = this.socket
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close(1001)
    void this.#client.close()
    await closed
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate()
    await this.#client.close()
  }
}

/** One visit to a room, as a dialogue: what is heard comes in its order, one at a time. */
export class Visit {
  readonly room: string
  readonly key: string
  readonly #person: Person
  readonly #heard: Heard[] = []
  readonly #waiting: ((heard: Heard) => void)[] = []
  readonly #subscription: { unsubscribe(): void }
  #n = 0

  constructor(person: Person, room: string, input: { key: string; token?: string; former?: string; lastEventId?: string; asked?: number; log?: boolean; media?: 'flowing' | 'stopped' }) {
    this.#person = person
    this.room = room
    this.key = input.key
    this.#subscription = person.trpc.room.visit.subscribe({ room, ...input }, {
      onData: ({ id, data }) => this.#hear({ id, event: data }),
      onError: (error) => this.#hear({ refused: error.data?.code }),
      onComplete: () => this.#hear('completed'),
    })
  }

  /** Whatever comes next. */
  next(): Promise<Heard> {
    const heard = this.#heard.shift()
    return heard ? Promise.resolve(heard) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The next event, which has to be of this type. */
  async hears<T extends RoomEvent['type']>(type: T): Promise<Extract<RoomEvent, { type: T }> & { id: string }> {
    const heard = await this.next()
    if (heard === 'completed' || 'refused' in heard || heard.event.type !== type) {
      throw new Error(`expected ${type}, heard ${JSON.stringify(heard)}`)
    }
    return { ...(heard.event as Extract<RoomEvent, { type: T }>), id: heard.id }
  }

  joined(): Promise<Joined & { id: string }> {
    return this.hears('joined')
  }

  async refused(): Promise<Code | undefined> {
    const heard = await this.next()
    if (heard === 'completed' || !('refused' in heard)) throw new Error(`expected a refusal, heard ${JSON.stringify(heard)}`)
    return heard.refused
  }

  /** What was heard and not asked for yet. */
  get unread(): readonly Heard[] {
    return this.#heard
  }

  /** Says the next message, or the n-th. */
  async say(message: PeerMessage, n = this.#n + 1): Promise<number> {
    this.#n = Math.max(this.#n, n)
    const { said } = await this.#person.trpc.room.say.mutate({ room: this.room, n, message })
    return said
  }

  report(media: 'flowing' | 'stopped'): Promise<void> {
    return this.#person.trpc.room.report.mutate({ room: this.room, media })
  }

  leave(mayReturn = false): Promise<void> {
    return this.#person.trpc.room.leave.mutate({ room: this.room, mayReturn })
  }

  stop(): void {
    this.#subscription.unsubscribe()
  }

  #hear(heard: Heard): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(heard)
    else this.#heard.push(heard)
  }
}

/** The code of a call's refusal; what is none is passed on. */
export async function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  try {
    await call
  } catch (error) {
    if (error instanceof TRPCClientError) return (error.data as { code?: Code } | null)?.code
    throw error
  }
  throw new Error('expected a refusal')
}

let connections = 0
export const offer = (connection = `a1.${++connections}`): PeerMessage => ({ type: 'offer', connection, negotiation: 1, sdp: sdp('offer') })
export const answer = (connection: string): PeerMessage => ({ type: 'answer', connection, negotiation: 1, sdp: sdp('answer') })
export const candidate = (connection: string, port: number): PeerMessage => ({
  type: 'candidate', connection,
  candidate: { candidate: `candidate:1 1 udp 2122260223 192.0.2.7 ${port} typ host`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'uf' },
})
const sdp = (name: string): string => `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=${name}\r\nt=0 0\r\na=ice-ufrag:uf\r\na=ice-pwd:canarycanarycanary\r\n`
