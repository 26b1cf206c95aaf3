import { expect } from 'vitest'
import { type Actor, createActor } from 'xstate'
import { IceSource } from '../../../client/webrtc/iceServerCache.ts'
import { createRandomKey } from '../../../client/common/randomKey.ts'
import { Outbox } from '../../../client/signaling/outbox.ts'
import { socketActor } from '../../../client/signaling/socketActor.ts'
import { parseErrorCode } from '../../../client/signaling/trpcSocket.ts'
import type { MediaFlow } from '../../../machines/protocol/vocabulary.ts'
import type { RoomUpdate } from '../../../machines/signaling/signalingEvents.ts'
import { signalingMachine } from '../../../machines/signaling/signalingMachine.ts'
import type { JoinedEvent } from '../../../machines/protocol/messages.ts'
import { type ServerClasses, SignalingServerFixture, room } from './signalingServerFixture.ts'
import { encodeMessage } from './fakeMessageServer.ts'
import type { TaskScheduler } from '../common/taskScheduler.ts'
import type { ScheduledSocket } from './scheduledSocket.ts'

export type Step =
  | { do: 'join'; isBack: boolean }
  | {
      do:
        | 'leave'
        | 'rejoin'
        | 'relinquish'
        | 'change network'
        | 'close page'
        | 'cut'
        | 'freeze'
        | 'send'
        | 'send remotely'
        | 'drain'
        | 'dispose'
    }
  | { do: 'report media'; mediaFlow: MediaFlow }
  | { do: 'set accept mode'; as: SignalingServerFixture['acceptMode'] }
  | { do: 'pass time'; milliseconds: number }
  | { do: 'throttle' | 'fail store'; calls: number }

/** The client code and the server code under test. */
export interface SignalingSubject extends ServerClasses {
  machine: typeof signalingMachine
  createSocketActor: typeof socketActor
}

const parseLabel = (news: RoomUpdate): number | null =>
  news.type === 'message' && news.message.type === 'candidate' ? Number(news.message.candidate.sdpMid) : null

/** The signaling of a page against a SignalingServerFixture. Everything is real except the sockets. */
export class SignalingHarness {
  readonly server: SignalingServerFixture
  readonly actor: Actor<typeof signalingMachine>
  readonly outbox = new Outbox(parseErrorCode, () => undefined)
  /** Labels of the messages received from the peer. */
  readonly receivedLabels: number[] = []
  isDisposed = false
  #seat: JoinedEvent | null = null
  #sentCount = 0
  /** Sockets with a pending leave call. */
  readonly #leavingSockets = new Set<ScheduledSocket>()
  readonly #positions = new Map<string, number>()
  #effectsAfterEnd = 0
  /** The label of the last message; null if any may follow. */
  #previousLabel: number | null = null
  /** Messages that were lost without a notice. */
  readonly #gaps: string[] = []

  constructor(scheduler: TaskScheduler, subject: SignalingSubject) {
    const { outbox } = this
    const fixture = (this.server = new SignalingServerFixture(subject))
    const socket = subject.createSocketActor({
      url: 'wss://duet.example/trpc',
      WebSocket: fixture.createWebSocketClass(scheduler),
      outbox,
      ice: new IceSource(),
      now: Date.now,
    })
    this.actor = createActor(subject.machine.provide({ actors: { socket } }), { input: { room } })
    this.actor.on('join.accepted', ({ seat }) => {
      if (!seat.resumed) this.#previousLabel = null
      this.#seat = seat
    })
    this.actor.on('event.received', ({ roomEvent }) => this.#recordEvent(roomEvent))
    this.actor.on('*', () => {
      if (this.isDisposed) this.#effectsAfterEnd += 1
    })
    this.actor.start()
    this.actor.send({ type: 'page.opened' })
  }

  get wantsSeat(): boolean {
    return this.#context.joinKey !== null
  }

  get #context() {
    return this.actor.getSnapshot().context
  }

  async carryOut(step: Step): Promise<void> {
    const { actor, server: fixture } = this
    const socket = fixture.sockets.at(-1)
    if (step.do === 'pass time') fixture.passTime(step.milliseconds)
    else if (step.do === 'set accept mode') fixture.acceptMode = step.as
    else if (step.do === 'throttle') fixture.pendingThrottles = step.calls
    else if (step.do === 'fail store') fixture.pendingStoreFailures = step.calls
    else if (step.do === 'cut') socket?.cut()
    else if (step.do === 'freeze') socket?.freeze()
    else if (step.do === 'send remotely') await fixture.sendRemoteMessage()
    else if (step.do === 'drain') fixture.drain()
    else if (this.isDisposed) return
    else if (step.do === 'dispose') this.dispose()
    else if (step.do === 'join') this.#join(step.isBack)
    else if (step.do === 'leave') this.#release()
    else if (step.do === 'rejoin') {
      this.#release()
      this.#join(true)
    } else if (step.do === 'relinquish') actor.send({ type: 'seat.relinquished' })
    else if (step.do === 'change network') actor.send({ type: 'network.changed' })
    else if (step.do === 'close page') actor.send({ type: 'page.closing' })
    else if (step.do === 'report media') actor.send({ type: 'media.reported', mediaFlow: step.mediaFlow })
    else this.outbox.send(encodeMessage({ label: ++this.#sentCount, isBad: false }))
  }

  dispose(): void {
    this.#recordLeave()
    this.actor.stop()
    this.isDisposed = true
  }

  /** Checks the invariants that hold at every step. */
  checkInvariants(): void {
    const live = this.server.sockets.filter((socket) => socket.isLive && !this.#leavingSockets.has(socket))
    expect(live.length, 'sockets live').toBeLessThanOrEqual(this.isDisposed ? 0 : 1)
    expect(this.#effectsAfterEnd, 'called after the end').toBe(0)
    expect(this.#gaps, 'messages lost without a resync').toEqual([])
    expectRising(this.receivedLabels, 'messages')
    expectRising(
      this.server.receivedMessages.map((message) =>
        message.type === 'candidate' ? Number(message.candidate.sdpMid) : 0,
      ),
      'sent messages',
    )
    this.#expectProgress()
  }

  /** Checks the final state, after all faults have ended and time has passed. */
  async expectRest(): Promise<void> {
    const live = this.server.sockets.filter(({ isLive }) => isLive)
    if (this.isDisposed) return expect(live, 'live after the end').toEqual([])
    const { value, context } = this.actor.getSnapshot()
    expect(value).toEqual(
      this.wantsSeat ? { connected: 'joined' } : value === 'idle' ? 'idle' : { connected: { idle: 'visiting' } },
    )
    expect(live.length, 'sockets live at rest').toBe(value === 'idle' ? 0 : 1)
    const seat = this.wantsSeat ? this.#seat : null
    await this.server.expectSeats(seat)
    if (!seat) return
    expect(this.outbox.size, 'unacknowledged messages').toBe(0)
    expect(this.server.seatRecords.get(seat.seat), 'reported').toMatchObject({
      mediaFlow: context.mediaFlow,
      epoch: seat.epoch,
    })
  }

  /** The last message of the remote user has arrived. */
  expectLastMessage(): void {
    if (this.isDisposed || !this.wantsSeat || !this.server.remoteClaim) return
    expect(this.receivedLabels.at(-1), 'last message of the remote user').toBe(this.server.remoteSeq)
  }

  #join(isBack: boolean): void {
    // The membership machine requests a seat only if it has none.
    if (this.wantsSeat) return
    // A page without a position starts at the end of the mailbox.
    this.#previousLabel = null
    this.actor.send({
      type: 'join.requested',
      joinKey: createRandomKey(),
      token: isBack ? (this.#seat?.token ?? null) : null,
    })
  }

  #release(): void {
    this.#recordLeave()
    this.actor.send({ type: 'seat.released' })
  }

  #recordLeave(): void {
    const socket = this.server.sockets.at(-1)
    if (socket && this.actor.getSnapshot().matches('connected')) this.#leavingSockets.add(socket)
  }

  #recordEvent(news: RoomUpdate): void {
    const label = parseLabel(news)
    if (news.type === 'resync') this.#previousLabel = null
    if (label === null) return
    if (this.#previousLabel !== null && label > this.#previousLabel + 1)
      this.#gaps.push(`${label} after ${this.#previousLabel}`)
    this.#previousLabel = label
    this.receivedLabels.push(label)
  }

  /** The position in a mailbox only increases. */
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
