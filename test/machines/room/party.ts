import { expect, vi } from 'vitest'
import { room, type RoomEffect, type RoomFact } from '../../../machines/room/roomMachine.ts'
import { takenSeats } from '../../../machines/room/seats.ts'
import type { RoomEvent, SeatName } from '../../../machines/protocol/messages.ts'
import { newKey, type Person, type Visit } from '../../server/people.ts'
import { Secrets } from '../../../server/config/secret.ts'
import { Tokens } from '../../../server/rooms/tokens.ts'
import type { World } from '../../server/world.ts'
import type { Step } from '../graph.ts'
import { deadlineMs } from '../../deadline.ts'

type RoomStep = Step<typeof room>
type Fact<T extends RoomFact['type']> = Extract<RoomFact, { type: T }>

interface Holder {
  person: Person
  visit: Visit
  /** Has a socket. */
  isHere: boolean
  /** Where reading would go on. */
  position: string
  /** How much of what the seat was told is behind that. */
  read: number
}

/** Real visitors of a real server who do what a path of the room's graph says, and compare what they hear with the model. */
export class Party {
  readonly name = 'blue-door'
  readonly #world: World
  readonly #began: number
  /** What the model calls by a name, and the server by 256 random bits. */
  readonly #secrets = new Map<string, string>()
  readonly #holders: Partial<Record<SeatName, Holder>> = {}
  /** Everything that a seat was told since somebody took it. */
  readonly #told: Record<SeatName, RoomEvent[]> = { a: [], b: [] }

  /** The run of the server before this one: made first, so that its epochs are older. */
  readonly #earlier: Tokens
  readonly #earlierEpoch: number
  /** By how much the server's epochs are ahead of the model's. */
  #ahead: number | null = null

  readonly #patienceMs: number

  /**
   * @param secret of the server
   * @param patienceMs how long to wait for what the model says
   */
  constructor(world: World, secret: string, patienceMs = deadlineMs) {
    this.#patienceMs = patienceMs
    this.#earlier = new Tokens(new Secrets([secret]).keysFor('seat token'))
    this.#earlierEpoch = Date.now() - 1_000_000
    this.#world = world
    this.#began = world.clock.now()
  }

  /** The model's time is 0 when the party begins. */
  get now(): number {
    return this.#world.clock.now() - this.#began
  }

  async follow({ before, event, after, effects }: RoomStep): Promise<void> {
    const heardBefore = { a: this.#told.a.length, b: this.#told.b.length }
    this.#note(effects)
    switch (event.type) {
      case 'visitor.entered': await this.#enter(event, after.context.seats.a?.token === event.token ? 'a' : 'b', after); break
      case 'holder.resumed': await this.#resume(event, after, heardBefore[event.seat]); break
      case 'holder.restored': await this.#restore(event, after, before); break
      case 'socket.closed': await this.#vanish(event); break
      case 'page.closed': await this.#holder(event.seat).visit.leave(true); break
      case 'holder.left': await this.#leave(event); break
      case 'media.flowed': await this.#holder(event.seat).visit.report('flowing'); break
      case 'media.stopped': await this.#holder(event.seat).visit.report('stopped'); break
      case 'time.passed': await this.#pass(event, before !== after)
    }
    for (const seat of takenSeats(after.context)) await this.#hear(seat)
  }

  /** What a seat holds out: its secret, or one that was never given. */
  secret(name: string): string {
    if (!this.#secrets.has(name)) this.#secrets.set(name, newKey())
    return this.#secrets.get(name) ?? ''
  }

  newcomer(more: { key?: string; token?: string; lastEventId?: string } = {}): Visit {
    return this.#world.person().visit(this.name, more)
  }

  /** What anybody heard that the model does not know of. Two round trips after the last thing that was done. */
  async unexpected(): Promise<unknown[]> {
    const present = Object.values(this.#holders).filter(({ isHere }) => isHere)
    for (let round = 0; round < 2; round++) await Promise.all(present.map(({ person }) => person.trpc.ice.servers.query()))
    return present.flatMap(({ visit }) => visit.unread)
  }

  #note(effects: readonly RoomEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'freed') this.#told[effect.seat] = []
      else this.#told[effect.seat].push(effect.event)
    }
  }

  async #enter({ token, key }: Fact<'visitor.entered'>, seat: SeatName, after: RoomStep['after']): Promise<void> {
    await this.#sit(seat, token, after, { key: this.secret(key) }, 0, false)
  }

  /** As the page would: with its token, or with its key if it never got one; from where it read, or anew. */
  async #resume({ seat, presented, token, fresh }: Fact<'holder.resumed'>, after: RoomStep['after'], end: number): Promise<void> {
    const isKey = presented.endsWith('.key')
    const old = this.#holder(seat)
    await this.#sit(seat, token, after, {
      ...(isKey ? { key: this.secret(presented) } : { token: this.secret(presented) }),
      ...(!fresh && { lastEventId: old.position }),
    }, fresh ? (isKey ? 0 : end) : old.read, true)
    if (!old.isHere) return
    await this.#soon(old.visit.hears('seat.taken'), `the older page on ${seat} to hear seat.taken`)
    expect(await this.#soon(old.visit.next(), `the older page on ${seat} to hear the end`)).toBe('completed')
    await old.person.vanish()
  }

  /** With what the page kept of an earlier run of the server: with a call it knows how far it had read then. */
  async #restore({ seat, presented, token, claimed, flowing }: Fact<'holder.restored'>, after: RoomStep['after'], before: RoomStep['before']): Promise<void> {
    this.#secrets.set(presented, this.#earlier.issue(this.name, seat, this.#earlierEpoch + claimed))
    const old = before.context.seats[seat] && this.#holder(seat)
    const input = { token: this.secret(presented), media: flowing ? 'flowing' as const : 'stopped' as const, ...(flowing && { lastEventId: 'earlier.7' }) }
    await this.#sit(seat, token, after, input, 0, !flowing)
    if (!old?.isHere) return
    await this.#soon(old.visit.hears('seat.taken'), `the page with the older claim to ${seat} to hear seat.taken`)
    expect(await this.#soon(old.visit.next(), `the page with the older claim to ${seat} to hear the end`)).toBe('completed')
    await old.person.vanish()
  }

  async #sit(seat: SeatName, token: string, after: RoomStep['after'], input: object, read: number, resumed: boolean): Promise<void> {
    const person = this.#world.person()
    const visit = person.visit(this.name, input)
    const { id, ...joined } = await this.#soon(visit.joined(), `${seat} to be joined`)
    const other = after.context.seats[seat === 'a' ? 'b' : 'a']
    this.#ahead ??= joined.epoch - after.context.epoch
    expect(joined).toEqual({
      type: 'joined', protocol: 1, room: this.name, seat, role: seat === 'a' ? 'impolite' : 'polite', token: joined.token,
      epoch: after.context.epoch + this.#ahead, resumed, peer: !other ? 'absent' : other.deadline === null ? 'here' : 'away',
      state: after.value, said: 0, iceServers: [], lifetimeMs: joined.lifetimeMs,
    })
    this.#secrets.set(token, joined.token)
    this.#holders[seat] = { person, visit, isHere: true, position: id, read }
  }

  async #vanish({ seat }: Fact<'socket.closed'>): Promise<void> {
    const holder = this.#holder(seat)
    await this.#logs('socket.closed', () => holder.person.vanish())
    holder.isHere = false
  }

  async #leave({ seat }: Fact<'holder.left'>): Promise<void> {
    const { visit } = this.#holder(seat)
    await visit.leave()
    expect(await this.#soon(visit.next(), `${seat} to hear the end`)).toBe('completed')
    delete this.#holders[seat]
  }

  async #pass({ at }: Fact<'time.passed'>, isNoticed: boolean): Promise<void> {
    const pass = async (): Promise<void> => this.#world.clock.pass(at - this.now)
    await (isNoticed ? this.#logs('time.passed', pass) : pass())
  }

  /** All that this seat was told and has not heard, if there is somebody to hear it. */
  async #hear(seat: SeatName): Promise<void> {
    const holder = this.#holder(seat)
    if (!holder.isHere) return
    for (const event of this.#told[seat].slice(holder.read)) {
      const { id, ...heard } = await this.#soon(holder.visit.hears(event.type), `${seat} to hear ${event.type}`)
      expect(heard).toEqual(event)
      holder.position = id
      holder.read += 1
    }
  }

  #holder(seat: SeatName): Holder {
    const holder = this.#holders[seat]
    if (!holder) throw new Error(`nobody sits on ${seat}`)
    return holder
  }

  /** Does something that only the server's log tells of, and waits for it there. */
  async #logs(message: string, act: () => Promise<void>): Promise<void> {
    const count = (): number => this.#world.log.filter((line) => line.includes(`"msg":"${message}"`)).length
    const before = count()
    await act()
    await vi.waitUntil(() => count() > before, { timeout: this.#patienceMs, interval: 2 })
  }

  /** What the model says is heard now. */
  async #soon<T>(hearing: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), this.#patienceMs) })
    return Promise.race([hearing, silence]).finally(() => clearTimeout(timer))
  }
}
