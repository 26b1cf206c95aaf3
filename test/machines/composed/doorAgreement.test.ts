import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roomMachine as machine } from '../../../machines/room/roomMachine.ts'
import { serverLimits } from '../../../machines/protocol/limits.ts'
import type { RoomView } from '../../../machines/protocol/messages.ts'
import { roomPolicies, type RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import { ApiError } from '../../../server/common/apiError.ts'
import { createLog } from '../../../server/common/log.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { type LobbyVisit, Preparations, receiveOffer } from '../../../server/rooms/preparations.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { SeatClaim } from '../../../server/rooms/seatClaim.ts'
import { ManualClock } from '../../server/manualClock.ts'
import type { SeatSubscription } from './channelTypes.ts'
import * as door from './doorModel.ts'
import * as preparation from './preparationModel.ts'
import { localSdp, relayRules } from './preparedModel.ts'
import { join, newServerModel, type ServerModel } from './serverModel.ts'
import { freeAllowance } from '../../server/rooms/freeAllowance.ts'

/** The models of the door and of preparations behave like the product's own code. */

type Step =
  | { do: 'ask' | 'withdraw' | 'lose' | 'join' | 'request' | 'answer' | 'end'; who: number }
  | { do: 'admit' | 'decline' | 'offer' | 'offerLate' | 'endAsHolder' }
  | { do: 'select'; policy: RoomPolicy }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('ask', 'ask', 'request', 'request', 'answer', 'withdraw', 'lose', 'join', 'end'),
      who: fc.nat(2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('admit', 'decline', 'offer', 'offer', 'offerLate', 'endAsHolder') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('select'), policy: fc.constantFrom(...roomPolicies) }) },
) as fc.Arbitrary<Step>

const room = 'den'
const keyOf = (who: number): string => `key of visitor ${who}`
const identityOf = (who: number) => door.identityOf(`visitor ${who}`, keyOf(who))
const sdpOf = (name: string): string => relayRules.toRelayDescription(localSdp(name))
const joinRequest = { token: null, lastEventId: null, mediaFlow: 'stopped', policy: 'ask' } as const
const visitors = [0, 1, 2]

/** The room as its visitors see it, the door, and what the visitors and the holder know. */
interface Observed {
  door: unknown
  views: RoomView[]
  preparations: RoomView['preparation'][]
}

class ModelDoor {
  #server: ServerModel
  readonly #holder: SeatSubscription
  readonly #places: (number | null)[] = [null, null, null]
  readonly #attempts: (number | null)[] = [null, null, null]

  constructor() {
    const { server, stay } = join(machine, newServerModel(machine), {
      type: 'join',
      subscription: 1,
      joinKey: 'ann',
      ...joinRequest,
    })
    this.#server = server
    this.#holder = stay!
  }

  take(step: Step): unknown {
    const before = this.#server
    const { visitor, preparation: running } = before.room.context.door
    switch (step.do) {
      case 'ask': {
        const { server, visit } = door.ask(machine, before, identityOf(step.who), 'Ben')
        ;[this.#server, this.#places[step.who]] = [server, visit]
        return visit
      }
      case 'withdraw':
      case 'lose': {
        this.#server = door.leaveDoor(machine, before, this.#places[step.who] ?? null, step.do === 'withdraw').server
        this.#places[step.who] = null
        return undefined
      }
      case 'join': {
        const { server, reply } = join(machine, before, {
          type: 'join',
          subscription: 1,
          joinKey: keyOf(step.who),
          ...joinRequest,
          preparation: this.#attempts[step.who] ?? null,
        })
        this.#server = server
        return reply.type === 'refused' ? reply.code : reply.type === 'joined' && reply.seat.preparation
      }
      case 'request':
        return this.#visitorStep(step.who, { type: 'request' })
      case 'answer':
        return this.#visitorStep(step.who, { type: 'answer', id: running?.id ?? 1, sdp: sdpOf(`B${step.who}`) })
      case 'end':
        return this.#visitorStep(step.who, { type: 'end', id: this.#attempts[step.who] ?? 1 })
      case 'offer':
        return this.#holderStep({ type: 'offer', id: running?.id ?? 1, sdp: sdpOf('A') })
      // The attempt before this one has ended.
      case 'offerLate':
        return this.#holderStep({ type: 'offer', id: (running?.id ?? 2) - 1, sdp: sdpOf('A') })
      case 'endAsHolder':
        return this.#holderStep({ type: 'end', id: running?.id ?? 1 })
      case 'select':
        return void (this.#server = door.setPolicy(machine, before, this.#holder, step.policy).server)
      default: {
        const isAdmitted = step.do === 'admit'
        this.#server = door.answerVisitor(machine, before, this.#holder, visitor?.id ?? 1, isAdmitted).server
        return undefined
      }
    }
  }

  #visitorStep(who: number, step: Parameters<typeof preparation.stepOfVisitor>[4]): void {
    const visit = { ...identityOf(who), current: this.#attempts[who] ?? null }
    const taken = preparation.stepOfVisitor(machine, relayRules, this.#server, visit, step, 'B')
    ;[this.#server, this.#attempts[who]] = [taken.server, taken.current]
  }

  #holderStep(step: Parameters<typeof preparation.stepOfHolder>[4]): void {
    this.#server = preparation.stepOfHolder(machine, relayRules, this.#server, this.#holder, step).server
  }

  observe(): Observed {
    return {
      door: this.#server.room.context.door,
      views: visitors.map((who) => door.view(this.#server, identityOf(who))),
      preparations: visitors.map((who) =>
        preparation.viewOf(this.#server, { ...identityOf(who), current: this.#attempts[who] ?? null }),
      ),
    }
  }
}

/** The time of the model. */
class StoppedClock extends ManualClock {
  override now(): number {
    return 0
  }
}

class RealDoor {
  readonly #clock = new StoppedClock()
  readonly #rooms: RoomService
  readonly #preparations: Preparations
  readonly #visits: LobbyVisit[]
  readonly #places: (number | null)[] = [null, null, null]
  #holder!: SeatClaim

  constructor() {
    const limits = {
      ...serverLimits,
      asksPerRoomPerMinute: 1e6,
      asksPerNetworkPerMinute: 1e6,
      preparationsPerRoomPerMinute: 1e6,
    }
    const store = new MemoryStore(this.#clock)
    this.#rooms = new RoomService({ store, clock: this.#clock, log: createLog('silent'), limits })
    this.#preparations = new Preparations(this.#rooms, this.#clock, limits)
    this.#visits = visitors.map((who) => ({
      room,
      ...identityOf(who),
      current: null,
      isOver: false,
      notify: () => undefined,
    }))
  }

  async open(): Promise<void> {
    this.#holder = (
      await this.#rooms.join({ room, joinKey: 'ann', requestedAt: 0, ...joinRequest }, freeAllowance)
    ).claim
    for (const visit of this.#visits)
      await this.#rooms.store.watch(
        room,
        () => undefined,
        (offer) => receiveOffer(visit, offer),
      )
  }

  async take(step: Step): Promise<unknown> {
    const { visitor, preparation: running } = (await this.#rooms.load(room)).context.door
    const visit = 'who' in step ? this.#visits[step.who]! : this.#visits[0]!
    switch (step.do) {
      case 'ask':
        return (this.#places[step.who] = await this.#rooms.ask(room, identityOf(step.who), 'Ben'))
      case 'withdraw':
      case 'lose': {
        const place = this.#places[step.who] ?? null
        if (place !== null) await this.#rooms.leaveDoor(room, place, step.do === 'withdraw')
        this.#places[step.who] = null
        return undefined
      }
      case 'join':
        return this.#join(step.who)
      case 'request':
        return this.#preparations.request(visit)
      case 'answer':
        return this.#preparations.answer(visit, running?.id ?? 1, sdpOf(`B${step.who}`)).catch(ignoreThrottled)
      case 'end':
        return this.#preparations.endByVisitor(visit)
      case 'offer':
        return this.#preparations.offer(this.#holder, running?.id ?? 1, sdpOf('A')).catch(ignoreThrottled)
      case 'offerLate':
        return this.#preparations.offer(this.#holder, (running?.id ?? 2) - 1, sdpOf('A'))
      case 'endAsHolder':
        return this.#preparations.endByHolder(this.#holder, running?.id ?? 1)
      case 'select':
        return this.#rooms.setPolicy(this.#holder, step.policy)
      default:
        return this.#rooms.answerVisitor(this.#holder, visitor?.id ?? 1, step.do === 'admit')
    }
  }

  async #join(who: number): Promise<unknown> {
    const { current } = this.#visits[who]!
    // A join that names an attempt waits for its admission; the model has the wait in serverMoves.ts.
    const { visitor } = (await this.#rooms.load(room)).context.door
    const isWaiting = visitor?.keyHash === identityOf(who).keyHash && !visitor.isAdmitted
    const named = current && !isWaiting ? { preparation: current.id } : {}
    try {
      const request = { room, joinKey: keyOf(who), requestedAt: 0, ...joinRequest, ...named }
      return (await this.#rooms.join(request, freeAllowance)).joined.preparation
    } catch (error) {
      if (error instanceof ApiError) return error.errorCode
      throw error
    }
  }

  async observe(): Promise<Observed> {
    return {
      door: (await this.#rooms.load(room)).context.door,
      views: await Promise.all(visitors.map((who) => this.#rooms.view(room, identityOf(who)))),
      preparations: await Promise.all(this.#visits.map((visit) => this.#preparations.view(visit))),
    }
  }
}

/** A second offer or answer of an attempt is throttled. */
const ignoreThrottled = (error: unknown): void => {
  if (!(error instanceof ApiError)) throw error
}

test('the model of the door and of preparations shows the same as the server, for any sequence of steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
      const [model, real] = [new ModelDoor(), new RealDoor()]
      await real.open()
      for (const each of steps) {
        expect([each, await real.take(each)]).toEqual([each, model.take(each)])
        expect(await real.observe()).toEqual(model.observe())
      }
    }),
    { numRuns: 200 },
  )
})
