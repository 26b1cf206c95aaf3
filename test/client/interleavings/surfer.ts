import { expect } from 'vitest'
import { type Actor, createActor } from 'xstate'
import { IceSource } from '../../../client/webrtc/iceServerCache.ts'
import { makeKey } from '../../../client/common/randomKey.ts'
import { Outbox } from '../../../client/signaling/outbox.ts'
import { socketActor } from '../../../client/signaling/signalingActor.ts'
import { codeOf } from '../../../client/signaling/trpcSocket.ts'
import type { Media } from '../../../machines/protocol/vocabulary.ts'
import type { News } from '../../../machines/signaling/signalingEvents.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import type { Joined } from '../../../machines/protocol/messages.ts'
import { House, room } from './house.ts'
import { messageOf } from './post.ts'
import type { Pace, Socket } from './socket.ts'

export type Step =
  | { do: 'enter'; isBack: boolean } | { do: 'release' | 'rejoin' | 'abandon' | 'return' | 'hide' | 'cut' | 'freeze' | 'say' | 'speak' | 'drain' | 'dispose' }
  | { do: 'flow'; media: Media } | { do: 'welcome'; as: House['welcome'] } | { do: 'pass'; milliseconds: number }
  | { do: 'throttle' | 'break'; calls: number }

/** What of the page's code is judged. */
export interface Subject {
  link: typeof link
  socketActor: typeof socketActor
}

const labelIn = (news: News): number | null =>
  news.type === 'message' && news.message.type === 'candidate' ? Number(news.message.candidate.sdpMid) : null

/** A page's line to a house, with everything real but the sockets: link, socket actor, stay, calls, outbox. */
export class Surfer {
  readonly house = new House()
  readonly actor: Actor<typeof link>
  readonly outbox = new Outbox(codeOf, () => undefined)
  /** What it was told by the other side. */
  readonly news: number[] = []
  isDisposed = false
  #seat: Joined | null = null
  #said = 0
  /** Sockets over which a good-bye is still to be said. */
  readonly #leaving = new Set<Socket>()
  readonly #positions = new Map<string, number>()
  #movedAfterEnd = 0

  constructor(pace: Pace, subject: Subject) {
    const { house, outbox } = this
    const socket = subject.socketActor({ url: 'wss://house/trpc', WebSocket: house.webSocket(pace), outbox, ice: new IceSource(), now: Date.now })
    this.actor = createActor(subject.link.provide({ actors: { socket } }), { input: { room } })
    this.actor.on('seat.given', ({ seat }) => { this.#seat = seat })
    this.actor.on('news.read', ({ news }) => this.#hear(news))
    this.actor.on('*', () => { if (this.isDisposed) this.#movedAfterEnd += 1 })
    this.actor.start()
    this.actor.send({ type: 'page.opened' })
  }

  get isWanted(): boolean {
    return this.#context.key !== null
  }

  get #context() {
    return this.actor.getSnapshot().context
  }

  async carryOut(step: Step): Promise<void> {
    const { actor, house } = this
    const socket = house.sockets.at(-1)
    if (step.do === 'pass') house.pass(step.milliseconds)
    else if (step.do === 'welcome') house.welcome = step.as
    else if (step.do === 'throttle') house.throttled = step.calls
    else if (step.do === 'break') house.broken = step.calls
    else if (step.do === 'cut') socket?.cut()
    else if (step.do === 'freeze') socket?.freeze()
    else if (step.do === 'speak') await house.speak()
    else if (step.do === 'drain') house.drain()
    else if (this.isDisposed) return
    else if (step.do === 'dispose') this.dispose()
    else if (step.do === 'enter') this.#enter(step.isBack)
    else if (step.do === 'release') this.#release()
    else if (step.do === 'rejoin') {
      this.#release()
      this.#enter(true)
    } else if (step.do === 'abandon') actor.send({ type: 'seat.abandoned' })
    else if (step.do === 'return') actor.send({ type: 'network.changed' })
    else if (step.do === 'hide') actor.send({ type: 'page.closed' })
    else if (step.do === 'flow') actor.send({ type: 'flow.reported', media: step.media })
    else this.outbox.say(messageOf({ label: ++this.#said, isBad: false }))
  }

  dispose(): void {
    this.#noteGoodbye()
    this.actor.stop()
    this.isDisposed = true
  }

  /** What holds at every moment. */
  look(): void {
    const live = this.house.sockets.filter((socket) => socket.isLive && !this.#leaving.has(socket))
    expect(live.length, 'sockets live').toBeLessThanOrEqual(this.isDisposed ? 0 : 1)
    expect(this.#movedAfterEnd, 'told after the end').toBe(0)
    expectRising(this.news, 'news')
    expectRising(this.house.heard.map((message) => (message.type === 'candidate' ? Number(message.candidate.sdpMid) : 0)), 'said')
    this.#expectProgress()
  }

  /** What holds once nothing disturbs any more, and time has passed. */
  expectRest(): void {
    const live = this.house.sockets.filter(({ isLive }) => isLive)
    if (this.isDisposed) return expect(live, 'live after the end').toEqual([])
    const { value, context } = this.actor.getSnapshot()
    expect(value).toEqual(this.isWanted ? { online: 'seated' } : value === 'idle' ? 'idle' : { online: 'free' })
    expect(live.length, 'sockets live at rest').toBe(value === 'idle' ? 0 : 1)
    if (!this.isWanted || !this.#seat) return
    expect(this.outbox.size, 'still to be said').toBe(0)
    expect(this.house.ear.get(this.#seat.seat), 'reported').toMatchObject({ media: context.media, epoch: this.#seat.epoch })
  }

  #enter(isBack: boolean): void {
    // The visit asks only where it has no seat, and wants none.
    if (this.isWanted) return
    this.actor.send({ type: 'entry.asked', key: makeKey(), token: isBack ? this.#seat?.token ?? null : null })
  }

  #release(): void {
    this.#noteGoodbye()
    this.actor.send({ type: 'seat.released' })
  }

  #noteGoodbye(): void {
    const socket = this.house.sockets.at(-1)
    if (socket && this.actor.getSnapshot().matches('online')) this.#leaving.add(socket)
  }

  #hear(news: News): void {
    const label = labelIn(news)
    if (label !== null) this.news.push(label)
  }

  /** How far a mailbox was read only grows. */
  #expectProgress(): void {
    const [epoch, n] = this.#context.position?.split('.') ?? []
    if (!epoch) return
    expect(Number(n), 'position').toBeGreaterThanOrEqual(this.#positions.get(epoch) ?? 0)
    this.#positions.set(epoch, Number(n))
  }
}

function expectRising(numbers: number[], what: string): void {
  expect(numbers, `${what}: once each, in order`).toEqual([...new Set(numbers)].sort((one, other) => one - other))
}
