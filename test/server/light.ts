import { WebSocket as NodeWebSocket } from 'ws'
import { type Actor, createActor, waitFor } from 'xstate'
import { IceSource } from '../../client/webrtc/iceServerCache.ts'
import { makeKey } from '../../client/common/randomKey.ts'
import { Outbox } from '../../client/signaling/outbox.ts'
import { SeatKeeper } from '../../client/session/seatStorage.ts'
import { socketActor } from '../../client/signaling/signalingActor.ts'
import { codeOf } from '../../client/signaling/trpcSocket.ts'
import { link } from '../../machines/signaling/signalingMachine.ts'
import type { Code, Joined, RoomEvent } from '../../machines/protocol/messages.ts'

/** The link of a page without the rest of it: it asks for a seat and comes back to it by the product's own rules, with its own waits. */
export class LightPage {
  readonly room: string
  /** Every seat that the server gave, in order. */
  readonly seats: Joined[] = []
  readonly news: RoomEvent[] = []
  /** Every code with which a visit was refused. */
  readonly refusals: Code[] = []
  readonly outbox: Outbox
  readonly #link: Actor<typeof link>
  readonly #keeper: SeatKeeper

  /** @param options its token, where it has one already */
  constructor(url: string, room: string, { token }: { token?: string } = {}) {
    this.room = room
    const memory = new Map<string, string>()
    this.#keeper = new SeatKeeper({
      getItem: (name) => memory.get(name) ?? null, setItem: (name, value) => void memory.set(name, value), removeItem: (name) => void memory.delete(name),
    }, room)
    if (token) this.#keeper.keep(token)
    this.outbox = new Outbox(codeOf, () => undefined)
    class Socket extends NodeWebSocket {
      constructor(address: string | URL) {
        super(address)
        this.on('error', () => undefined)
      }
    }
    const socket = socketActor({
      url: `${url.replace(/^http/, 'ws')}/trpc`, WebSocket: Socket as unknown as typeof WebSocket, outbox: this.outbox, ice: new IceSource(), now: () => this.#keeper.now(),
    })
    this.#link = createActor(link.provide({ actors: { socket } }), {
      input: { room },
      inspect: (event) => {
        if (event.type === '@xstate.event' && event.event.type === 'visit.refused') this.refusals.push((event.event as unknown as { code: Code }).code)
      },
    })
    this.#link.on('seat.given', ({ seat }) => {
      this.#keeper.keep(seat.token)
      this.seats.push(seat)
    })
    this.#link.on('news.read', ({ news }) => this.news.push(news))
    this.#link.on('entry.renewed', ({ key }) => this.#keeper.renew(key))
    this.#link.start()
  }

  get seat(): Joined | undefined {
    return this.seats.at(-1)
  }

  join(): void {
    this.#link.send({ type: 'entry.asked', ...this.#keeper.ask(makeKey) })
  }

  report(media: 'flowing' | 'stopped'): void {
    this.#link.send({ type: 'flow.reported', media })
  }

  /** Resolves when the server has given it so many seats, or has refused it for good. */
  async isSeated(times = 1): Promise<Joined> {
    await waitFor(this.#link, (snapshot) => this.seats.length >= times && snapshot.matches({ online: 'seated' }), { timeout: 60_000 })
    return this.seat!
  }

  /** Resolves when it has no line to the server. */
  async isCutOff(): Promise<void> {
    await waitFor(this.#link, (snapshot) => !snapshot.matches('online'), { timeout: 60_000 })
  }

  /** Resolves when its entry is refused. */
  async isRefused(): Promise<Code> {
    await waitFor(this.#link, ({ context }) => context.key === null, { timeout: 60_000 })
    return this.refusals.at(-1)!
  }

  stop(): void {
    this.#link.stop()
  }
}
