import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { Outbox as RealOutbox } from '../../../client/signaling/outbox.ts'
import { roomMachine as machine } from '../../../machines/room/roomMachine.ts'
import { getMessageTraits } from '../../../machines/protocol/messageTraits.ts'
import type { ErrorCode, PeerMessage, RoomEvent } from '../../../machines/protocol/messages.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { Position } from '../../../server/rooms/store.ts'
import type { SeatClaim as RealStay } from '../../../server/rooms/seatClaim.ts'
import { procedures } from '../../server/api/protocolDocument.ts'
import { messageExamples } from '../../server/api/protocolExamples.ts'
import { ManualClock } from '../../server/manualClock.ts'
import {
  onSendAnswered,
  closeSocket,
  onJoined,
  type SignalingModel,
  newSignalingModel,
  openSocket,
  ownWire,
  sendMessage as sendFromPage,
  withOwn,
} from './signalingModel.ts'
import { apply, join, newServerModel, read, sendMessage, type ServerModel } from './serverModel.ts'
import { modelledRequests, type SeatSubscription } from './channelTypes.ts'
import { deadlineMs } from '../../deadline.ts'
import { freeAllowance } from '../../server/rooms/freeAllowance.ts'

/** The models of the composed system behave like the product's own code. */

const message = (nth: number): PeerMessage => ({ type: 'offer', connection: 'a1.1', negotiation: nth, sdp: 'v=0' })
const nthOf = (each: PeerMessage): number => (each.type === 'offer' ? each.negotiation : 0)
const which = fc.nat(20)
/** The model has no transient messages. */
const storedTypes = Object.values(messageExamples)
  .map(([{ type }]) => type)
  .filter((type) => !getMessageTraits({ type }).isTransient)

test('the model has a request for every procedure that changes a room', () => {
  expect(Object.keys(modelledRequests).sort()).toEqual(Object.keys(procedures).sort())
})

describe('the outbox model', () => {
  type Step = { do: 'send' } | { do: 'drop' } | { do: 'return' } | { do: 'renew' } | { do: 'arrive'; which: number }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: 'send' }) },
    { weight: 6, arbitrary: which.map((each): Step => ({ do: 'arrive', which: each })) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'drop' }, { do: 'return' }, { do: 'renew' }) },
  )

  test('sends and stores the same messages as the outbox under loss, reordering and rejoins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50, size: 'max' }), async (steps) => {
        const real = new RealBox()
        let [line, acked] = [newSignalingModel(0, []), 0]
        for (const [index, each] of steps.entries()) {
          if (each.do === 'send') [line] = [sendFromPage(line, message(index + 1)), real.box.send(message(index + 1))]
          else if (each.do === 'drop') [line] = [{ ...closeSocket(line), wires: [] }, real.close()]
          else if (each.do === 'return' || each.do === 'renew') {
            const resumed = each.do === 'return'
            if (!resumed) acked = 0
            line = opened({ ...closeSocket(line), wires: [] }, acked, resumed)
            real.open(acked, resumed)
          } else if (each.do === 'arrive') {
            const letters = pendingSends(line)
            const letter = letters[each.which % Math.max(1, letters.length)]
            if (!letter) continue
            const answer = letter.n > acked + 1 ? 'out-of-order' : Math.max(acked, letter.n)
            if (typeof answer === 'number') acked = answer
            const wire = ownWire(line)!
            line = onSendAnswered(
              withOwn(line, { ...wire, up: wire.up.filter((request) => request !== letter) }),
              answer,
              letter.isOld,
            )
            await real.answer(each.which % letters.length, answer)
          }
          expect(pendingSends(line).map(({ n, sent }) => [n, nthOf(sent.message)])).toEqual(
            real.letters.map(({ n, message: sent }) => [n, nthOf(sent)]),
          )
          expect(line.outbox.messages).toHaveLength(real.box.size)
        }
      }),
      { numRuns: 500 },
    )
  })
})

const pendingSends = (line: SignalingModel) =>
  (ownWire(line)?.up ?? []).flatMap((request) => (request.type === 'send' ? request : []))

function opened(line: SignalingModel, acked: number, resumed: boolean): SignalingModel {
  const open = openSocket(line)
  return onJoined(withOwn(open, { ...ownWire(open)!, isOpen: true }), {
    type: 'joined',
    subscription: 0,
    position: '',
    seat: { acked, resumed } as never,
  })
}

/** The product's outbox, and its messages that have not arrived yet. */
class RealBox {
  letters: { n: number; message: PeerMessage; answer(acked: number): void; refuse(code: ErrorCode): void }[] = []
  readonly box = new RealOutbox(
    (code) => code as ErrorCode,
    () => {
      throw new Error('unexpected loss of messages')
    },
  )

  open(acked: number, resumed: boolean): void {
    this.letters = []
    this.box.open(
      { acked, resumed },
      (n, sent) => new Promise((answer, refuse) => this.letters.push({ n, message: sent, answer, refuse })),
    )
  }

  close(): void {
    this.letters = []
    this.box.close()
  }

  async answer(index: number, answer: number | 'out-of-order'): Promise<void> {
    const [letter] = this.letters.splice(index, 1)
    if (typeof answer === 'number') letter?.answer(answer)
    else letter?.refuse(answer)
    await Promise.resolve()
      .then(() => undefined)
      .then(() => undefined)
  }
}

describe('the server model', () => {
  type Step =
    | { do: 'enter' | 'return' | 'reload' | 'leave' | 'close' | 'hide' | 'flow' | 'stop' | 'read'; who: number }
    | { do: 'send'; who: number; n: number; type: PeerMessage['type'] }
    | { do: 'wait' }
  const who = fc.nat(6)
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'enter',
          'enter',
          'read',
          'return',
          'reload',
          'leave',
          'close',
          'hide',
          'flow',
          'stop',
          'read',
        ),
        who,
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        who,
        n: fc.constantFrom(1, 1, 1, 1, 0, 2),
        type: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom('offer' as const, 'candidate' as const) },
          { weight: 2, arbitrary: fc.constantFrom(...storedTypes) },
        ),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'wait' }) },
  )

  test('accepts, rejects, counts, stores and sends the same as RoomService, for any sequence of steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const [model, real] = [new ModelServer(), new RealServer()]
        // A second minute would make the messages too old to keep. A separate step covers that.
        const first = steps.findIndex((each) => each.do === 'wait')
        for (const each of steps.filter(({ do: what }, index) => what !== 'wait' || index === first)) {
          expect(await real.take(each)).toEqual(model.take(each))
          expect(await real.state()).toEqual(model.state())
        }
      }),
      { numRuns: 500 },
    )
  })

  const messageOf = (type: PeerMessage['type'], nth: number): PeerMessage => {
    if (type === 'offer') return { type, connection: `a${nth}.1`, negotiation: 1, sdp: 'v=0' }
    const candidate = { candidate: '', sdpMid: String(nth), sdpMLineIndex: null, usernameFragment: null }
    return type === 'candidate' ? { type, connection: `a${nth - 1}.1`, candidate } : messageExamples[type][0]
  }

  /** All subscriptions ever made, each with its token and its position. Old subscriptions may still send requests. */
  class ModelServer {
    #server: ServerModel = newServerModel(machine)
    readonly #people: { stay: SeatSubscription; token: string }[] = []
    #nth = 0

    take(step: Step): unknown {
      if (step.do === 'wait') return void this.#apply({ type: 'time.passed', at: 60_000 })
      if (step.do === 'enter') return this.#enter(null, null)
      const who = step.who % Math.max(1, this.#people.length)
      const person = this.#people[who]
      if (!person) return undefined
      const { stay, token } = person
      const { seat, epoch } = stay
      switch (step.do) {
        case 'return':
          return this.#enter(token, `${stay.life}.${stay.n}`)
        case 'reload':
          return this.#enter(token, null)
        case 'leave':
          return this.#apply({ type: 'holder.left', seat, epoch })
        case 'close':
          return this.#apply({ type: 'socket.closed', seat, epoch, at: 0 })
        case 'hide':
          return this.#apply({ type: 'page.closing', seat, epoch })
        case 'flow':
          return this.#apply({ type: 'media.started', seat, epoch, at: 0 })
        case 'stop':
          return this.#apply({ type: 'media.stopped', seat, epoch, at: 0 })
        case 'send': {
          const n = (this.#server.boxes?.[seat].acked ?? 0) + step.n
          const { server, answer } = sendMessage(this.#server, stay, n, {
            life: 0,
            nth: 0,
            message: messageOf(step.type, ++this.#nth),
          })
          this.#server = server
          return answer
        }
        case 'read': {
          const events: RoomEvent[] = []
          let [now, reading] = [stay, read(this.#server, stay)]
          for (; reading.type === 'event'; reading = read(this.#server, now))
            [now] = [{ ...now, n: reading.n }, events.push(reading.entry.event)]
          this.#people[who] = { token, stay: now }
          return reading.type === 'nothing' ? events : reading.type
        }
      }
    }

    state(): unknown {
      const { value, context } = this.#server.room
      const away = (['a', 'b'] as const).map(
        (seat) => context.seats[seat] && [context.seats[seat]?.epoch, context.seats[seat]?.expiresAt !== null],
      )
      return [value, context.epoch, away]
    }

    #apply(fact: Parameters<typeof apply>[2]): void {
      this.#server = apply(machine, this.#server, fact).server
    }

    #enter(token: string | null, lastEventId: string | null): unknown {
      const { server, reply, stay } = join(machine, this.#server, {
        type: 'join',
        subscription: 1,
        joinKey: `key${++this.#nth}`,
        token,
        lastEventId,
        mediaFlow: 'stopped',
      })
      this.#server = server
      if (reply.type !== 'joined' || !stay) return reply.type === 'refused' ? reply.code : null
      this.#people.push({ stay, token: reply.seat.token })
      const { token: _, ...seat } = reply.seat
      return seat
    }
  }

  class RealServer {
    readonly #clock = new ManualClock()
    readonly #store = new MemoryStore(this.#clock)
    readonly #rooms = new RoomService({ store: this.#store, clock: this.#clock, log: createLog('silent') })
    readonly #people: { stay: RealStay; token: string; position: Position }[] = []
    #nth = 0

    constructor() {
      this.#rooms.start()
    }

    async take(step: Step): Promise<unknown> {
      if (step.do === 'wait') return void (await this.#wait())
      if (step.do === 'enter') return this.#enter(null, null)
      const who = step.who % Math.max(1, this.#people.length)
      const person = this.#people[who]
      if (!person) return undefined
      const { stay, token, position } = person
      switch (step.do) {
        case 'return':
          return this.#enter(token, `${position.mailboxId}.${position.seq}`)
        case 'reload':
          return this.#enter(token, null)
        case 'leave':
          return this.#rooms.leave(stay, false)
        case 'close':
          return this.#rooms.disconnect(stay)
        case 'hide':
          return this.#rooms.leave(stay, true)
        case 'flow':
          return this.#rooms.reportMedia(stay, 'flowing')
        case 'stop':
          return this.#rooms.reportMedia(stay, 'stopped')
        case 'send': {
          const answer = await this.#store.appendMessage(
            stay,
            (await this.#ackedOf(stay)) + step.n,
            messageOf(step.type, ++this.#nth),
          )
          return typeof answer === 'string' ? answer : answer.acked
        }
        case 'read': {
          const reading = await this.#store.read(stay, position)
          if (reading.type !== 'events') return reading.type
          this.#people[who] = { ...person, position: { ...position, seq: position.seq + reading.events.length } }
          return reading.events
        }
      }
    }

    async state(): Promise<unknown> {
      const { state, context } = await this.#store.load('den')
      return [
        state,
        context.epoch,
        (['a', 'b'] as const).map(
          (seat) => context.seats[seat] && [context.seats[seat]?.epoch, context.seats[seat]?.expiresAt !== null],
        ),
      ]
    }

    /**
     * Number of messages that the server has from this seat. Only `commit` returns it, so this is a write without
     * changes.
     */
    async #ackedOf({ seat }: RealStay): Promise<number> {
      const { version, state, context } = await this.#store.load('den')
      if (state === 'empty') return 0
      const marks = await this.#store.commit('den', { version, state, context, effects: [], dueAtMs: null })
      return marks?.[seat].acked ?? 0
    }

    async #wait(): Promise<void> {
      const { version, state, context } = await this.#store.load('den')
      // The write above may have removed the deadline.
      const dues = (['a', 'b'] as const).flatMap((seat) => context.seats[seat]?.expiresAt ?? [])
      if (state !== 'empty')
        await this.#store.commit('den', {
          version,
          state,
          context,
          effects: [],
          dueAtMs: dues.length > 0 ? Math.min(...dues) : null,
        })
      this.#clock.advance(60_000)
      await vi.waitFor(
        async () => {
          const after = await this.#store.load('den')
          expect(
            (['a', 'b'] as const).every(
              (seat) => (after.context.seats[seat]?.expiresAt ?? Infinity) > this.#clock.now(),
            ),
          ).toBe(true)
        },
        { timeout: deadlineMs },
      )
    }

    async #enter(token: string | null, lastEventId: string | null): Promise<unknown> {
      try {
        const {
          claim,
          joined: { token: given, ...seat },
          resumeFrom,
          mailboxEnd,
        } = await this.#rooms.join(
          { room: 'den', joinKey: `key${++this.#nth}`, token, lastEventId, requestedAt: 0 },
          freeAllowance,
        )
        this.#people.push({ stay: claim, token: given, position: resumeFrom ?? mailboxEnd })
        return seat
      } catch (error) {
        if (error instanceof ApiError) return error.errorCode
        throw error
      }
    }
  }
})
