import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { Rooms } from '../../../server/rooms/roomService.ts'
import type { Stay } from '../../../server/rooms/seatClaim.ts'
import type { ManualClock } from '../../server/clock.ts'
import type { House } from './house.ts'

/** What the holder of a seat was heard to say and to report. */
export interface Hearing { epoch: number; said: number; media: 'flowing' | 'stopped' }

/** Takes down what is said and reported. */
export class HeedfulRooms extends Rooms {
  readonly #house: House

  constructor(parts: ConstructorParameters<typeof Rooms>[0], house: House) {
    super(parts)
    this.#house = house
  }

  override async enter(...asked: Parameters<Rooms['enter']>): ReturnType<Rooms['enter']> {
    const entrance = await super.enter(...asked)
    const { joined: { seat, epoch, said, resumed } } = entrance
    // A page that was loaded anew has no media (machines/room/roomMachine.ts).
    const isSame = resumed && Boolean(asked[0].lastEventId)
    this.#house.ear.set(seat, { epoch, said, media: isSame ? this.#house.ear.get(seat)?.media ?? 'stopped' : 'stopped' })
    return entrance
  }

  override async say(stay: Stay, n: number, message: PeerMessage): Promise<number> {
    const said = await super.say(stay, n, message)
    const hearing = this.#house.ear.get(stay.seat)
    if (hearing && n > hearing.said) {
      hearing.said = n
      this.#house.heard.push(message)
    }
    return said
  }

  override async report(stay: Stay, media: 'flowing' | 'stopped'): Promise<void> {
    await super.report(stay, media)
    const hearing = this.#house.ear.get(stay.seat)
    if (hearing?.epoch === stay.epoch) hearing.media = media
  }
}

/** Fails when it is told to. */
export class FrailStore extends MemoryStore {
  readonly #house: House

  constructor(clock: ManualClock, house: House) {
    super(clock)
    this.#house = house
  }

  override async commit(...change: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
    if (this.#house.broken === 0) return super.commit(...change)
    this.#house.broken -= 1
    throw new Error('the store is away')
  }
}
