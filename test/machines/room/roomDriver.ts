import { expect, vi } from 'vitest'
import { roomMachine } from '../../../machines/room/roomMachine.ts'
import type { RoomEffect, RoomMachineEvent } from '../../../machines/room/roomEvents.ts'
import { takenSeats } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { newJoinKey, type TestClient, type TestSubscription } from '../../server/testClient.ts'
import { Secrets } from '../../../server/config/secrets.ts'
import { SeatTokens } from '../../../server/rooms/tokens.ts'
import type { ServerFixture } from '../../server/serverFixture.ts'
import type { Step } from '../graph.ts'
import { deadlineMs } from '../../deadline.ts'

type RoomStep = Step<typeof roomMachine>
type Fact<T extends RoomMachineEvent['type']> = Extract<RoomMachineEvent, { type: T }>

interface Holder {
  person: TestClient
  visit: TestSubscription
  /** Has a socket. */
  isHere: boolean
  /** Position of the next read. */
  position: string
  /** Number of the seat's events before that position. */
  read: number
}

/**
 * Follows a path of the room's graph with real clients of a real server. Compares the received events with the model.
 */
export class RoomDriver {
  readonly name = 'blue-door'
  readonly #world: ServerFixture
  readonly #began: number
  /** Secrets of 256 random bits by their name in the model. */
  readonly #secrets = new Map<string, string>()
  readonly #holders: Partial<Record<SeatName, Holder>> = {}
  /** All events of a seat since it was taken. */
  readonly #events: Record<SeatName, RoomEvent[]> = { a: [], b: [] }

  /** The earlier run of the server. It is created first, so its epochs are lower. */
  readonly #earlier: SeatTokens
  readonly #earlierEpoch: number
  /** Difference between the server's epochs and the model's. */
  #ahead: number | null = null

  readonly #timeoutMs: number

  /**
   * @param secret of the server
   * @param timeoutMs maximum wait for an event of the model
   */
  constructor(world: ServerFixture, secret: string, timeoutMs = deadlineMs) {
    this.#timeoutMs = timeoutMs
    this.#earlier = new SeatTokens(new Secrets([secret]).deriveKeys('seat token'))
    this.#earlierEpoch = Date.now() - 1_000_000
    this.#world = world
    this.#began = world.clock.now()
  }

  /** The model's time is 0 when the driver starts. */
  get now(): number {
    return this.#world.clock.now() - this.#began
  }

  /** Takes one step of a path and waits for the events that the model predicts. */
  async follow({ before, event, after, effects }: RoomStep): Promise<void> {
    const countsBefore = { a: this.#events.a.length, b: this.#events.b.length }
    this.#note(effects)
    switch (event.type) {
      case 'visitor.joined':
        await this.#enter(event, after.context.seats.a?.tokenHash === event.tokenHash ? 'a' : 'b', after)
        break
      case 'holder.resumed':
        await this.#resume(event, after, countsBefore[event.seat])
        break
      case 'holder.restored':
        await this.#restore(event, after, before, countsBefore[event.seat])
        break
      case 'socket.closed':
        await this.#dropSocket(event)
        break
      case 'page.closing':
        await this.#holder(event.seat).visit.leave(true)
        break
      case 'holder.left':
        await this.#leave(event)
        break
      case 'media.started':
        await this.#holder(event.seat).visit.reportMedia('flowing')
        break
      case 'media.stopped':
        await this.#holder(event.seat).visit.reportMedia('stopped')
        break
      case 'visitor.asked':
      case 'visitor.withdrew':
      case 'visitor.disconnected':
      case 'visitor.admitted':
      case 'visitor.declined':
      case 'policy.changed':
      case 'preparation.requested':
      case 'preparation.ended':
        throw new Error('the tests in test/server/rooms/ test the door')
      case 'time.passed':
        await this.#pass(event, before !== after)
    }
    for (const seat of takenSeats(after.context)) await this.#receiveEvents(seat)
  }

  /** The secret that a client presents: a seat's secret, or a new one that was never issued. */
  secret(name: string): string {
    if (!this.#secrets.has(name)) this.#secrets.set(name, newJoinKey())
    return this.#secrets.get(name) ?? ''
  }

  /** Joins with a new client. */
  newcomer(more: { joinKey?: string; token?: string; lastEventId?: string } = {}): TestSubscription {
    return this.#world.newClient().join(this.name, more)
  }

  /** Returns events that the model does not predict. Waits for two round trips after the last action. */
  async unexpected(): Promise<unknown[]> {
    const present = Object.values(this.#holders).filter(({ isHere }) => isHere)
    for (let round = 0; round < 2; round++)
      await Promise.all(present.map(({ person }) => person.trpc.ice.servers.query()))
    return present.flatMap(({ visit }) => visit.unread)
  }

  #note(effects: readonly RoomEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'seat.freed') this.#events[effect.seat] = []
      else this.#events[effect.seat].push(effect.event)
    }
  }

  async #enter(
    { tokenHash: token, joinKey: key }: Fact<'visitor.joined'>,
    seat: SeatName,
    after: RoomStep['after'],
  ): Promise<void> {
    await this.#sit(seat, token, after, { joinKey: this.secret(key) }, 0, false)
  }

  /**
   * Resumes like the page: with its token, or with its key before the first token. It reads from its position, or from
   * the start.
   */
  async #resume(
    { seat, presentedTokenHash: presented, tokenHash: token, reloaded }: Fact<'holder.resumed'>,
    after: RoomStep['after'],
    end: number,
  ): Promise<void> {
    const isKey = presented.endsWith('.key')
    const old = this.#holder(seat)
    await this.#sit(
      seat,
      token,
      after,
      {
        ...(isKey ? { joinKey: this.secret(presented) } : { token: this.secret(presented) }),
        ...(!reloaded && { lastEventId: old.position }),
      },
      reloaded ? (isKey ? 0 : end) : old.read,
      true,
    )
    if (!old.isHere) return
    await this.#soon(old.visit.expectEvent('seat.replaced'), `${seat}: seat.replaced on the older page`)
    expect(await this.#soon(old.visit.next(), `${seat}: the end of the older page’s subscription`)).toBe('completed')
    await old.person.terminate()
  }

  /** Restores with the state of an earlier run of the server. With a call, that includes the read position. */
  async #restore(
    {
      seat,
      presentedTokenHash: presented,
      tokenHash: token,
      claimedEpoch: claimed,
      hasMedia: flowing,
    }: Fact<'holder.restored'>,
    after: RoomStep['after'],
    before: RoomStep['before'],
    end: number,
  ): Promise<void> {
    this.#secrets.set(presented, this.#earlier.issue(this.name, seat, this.#earlierEpoch + claimed))
    const old = before.context.seats[seat] && this.#holder(seat)
    const input = {
      token: this.secret(presented),
      mediaFlow: flowing ? ('flowing' as const) : ('stopped' as const),
      ...(flowing && { lastEventId: 'earlier.7' }),
    }
    // The mailbox of a taken seat is of an earlier holder, so the new one skips its events.
    await this.#sit(seat, token, after, input, old ? end : 0, !flowing)
    if (old) {
      const holder = this.#holder(seat)
      holder.position = (await this.#soon(holder.visit.expectEvent('resync'), `${seat}: resync`)).id
    }
    if (!old?.isHere) return
    await this.#soon(old.visit.expectEvent('seat.replaced'), `${seat}: seat.replaced on the page with the older claim`)
    expect(await this.#soon(old.visit.next(), `${seat}: the end of the subscription with the older claim`)).toBe(
      'completed',
    )
    await old.person.terminate()
  }

  async #sit(
    seat: SeatName,
    token: string,
    after: RoomStep['after'],
    input: object,
    read: number,
    resumed: boolean,
  ): Promise<void> {
    const person = this.#world.newClient()
    const visit = person.join(this.name, input)
    const { id, ...joined } = await this.#soon(visit.joined(), `joined on ${seat}`)
    const other = after.context.seats[seat === 'a' ? 'b' : 'a']
    this.#ahead ??= joined.epoch - after.context.epoch
    expect(joined).toEqual({
      type: 'joined',
      protocol: 1,
      room: this.name,
      seat,
      role: seat === 'a' ? 'impolite' : 'polite',
      token: joined.token,
      epoch: after.context.epoch + this.#ahead,
      resumed,
      peer: !other ? 'absent' : other.expiresAt === null ? 'connected' : 'disconnected',
      state: after.value,
      acked: 0,
      door: { policy: 'open', visitor: null },
      iceServers: [],
      lifetimeMs: joined.lifetimeMs,
    })
    this.#secrets.set(token, joined.token)
    this.#holders[seat] = { person, visit, isHere: true, position: id, read }
  }

  async #dropSocket({ seat }: Fact<'socket.closed'>): Promise<void> {
    const holder = this.#holder(seat)
    await this.#logs('socket.closed', () => holder.person.terminate())
    holder.isHere = false
  }

  async #leave({ seat }: Fact<'holder.left'>): Promise<void> {
    const { visit } = this.#holder(seat)
    await visit.leave()
    expect(await this.#soon(visit.next(), `${seat}: the end of the subscription`)).toBe('completed')
    delete this.#holders[seat]
  }

  async #pass({ at }: Fact<'time.passed'>, isNoticed: boolean): Promise<void> {
    const pass = async (): Promise<void> => this.#world.clock.advance(at - this.now)
    await (isNoticed ? this.#logs('time.passed', pass) : pass())
  }

  /** Receives all outstanding events of this seat, if it has a socket. */
  async #receiveEvents(seat: SeatName): Promise<void> {
    const holder = this.#holder(seat)
    if (!holder.isHere) return
    for (const event of this.#events[seat].slice(holder.read)) {
      const { id, ...received } = await this.#soon(holder.visit.expectEvent(event.type), `${seat}: ${event.type}`)
      expect(received).toEqual(event)
      holder.position = id
      holder.read += 1
    }
  }

  #holder(seat: SeatName): Holder {
    const holder = this.#holders[seat]
    if (!holder) throw new Error(`seat ${seat} has no holder`)
    return holder
  }

  /** Takes an action whose result only the server's log shows, and waits for the log line. */
  async #logs(message: string, act: () => Promise<void>): Promise<void> {
    const count = (): number => this.#world.logLines.filter((line) => line.includes(`"msg":"${message}"`)).length
    const before = count()
    await act()
    await vi.waitUntil(() => count() > before, { timeout: this.#timeoutMs, interval: 2 })
  }

  /** Waits for an event that the model predicts. */
  async #soon<T>(arrival: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`timed out while waiting for ${what}`)), this.#timeoutMs)
    })
    return Promise.race([arrival, silence]).finally(() => clearTimeout(timer))
  }
}
