import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { SeatClaim } from '../../../server/rooms/seatClaim.ts'
import type { ManualClock } from '../../server/manualClock.ts'
import type { SignalingServerFixture } from './signalingServerFixture.ts'

/** The media flow that the server received from the holder of a seat. */
export interface SeatRecord {
  epoch: number
  mediaFlow: 'flowing' | 'stopped'
}

/** A room service that records joins and reports. */
export class RecordingRoomService extends RoomService {
  readonly #fixture: SignalingServerFixture

  constructor(parts: ConstructorParameters<typeof RoomService>[0], fixture: SignalingServerFixture) {
    super(parts)
    this.#fixture = fixture
  }

  override async join(...args: Parameters<RoomService['join']>): ReturnType<RoomService['join']> {
    const admission = await super.join(...args)
    const {
      joined: { seat, epoch, resumed },
    } = admission
    // A reloaded page has no media (machines/room/roomMachine.ts).
    const isSame = resumed && Boolean(args[0].lastEventId)
    this.#fixture.seatRecords.set(seat, {
      epoch,
      mediaFlow: isSame ? (this.#fixture.seatRecords.get(seat)?.mediaFlow ?? 'stopped') : 'stopped',
    })
    return admission
  }

  override async reportMedia(claim: SeatClaim, mediaFlow: 'flowing' | 'stopped'): Promise<void> {
    await super.reportMedia(claim, mediaFlow)
    const record = this.#fixture.seatRecords.get(claim.seat)
    if (record?.epoch === claim.epoch) record.mediaFlow = mediaFlow
  }
}

/** A store whose commits fail on request. It records the messages that it accepts from the page. */
export class FailingStore extends MemoryStore {
  readonly #fixture: SignalingServerFixture

  constructor(clock: ManualClock, fixture: SignalingServerFixture) {
    super(clock)
    this.#fixture = fixture
  }

  override async commit(...change: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
    if (this.#fixture.pendingStoreFailures === 0) return super.commit(...change)
    this.#fixture.pendingStoreFailures -= 1
    throw new Error('the store is unavailable')
  }

  override async appendMessage(...[claim, ...sent]: Parameters<MemoryStore['appendMessage']>) {
    const ack = await super.appendMessage(claim, ...sent)
    const isRemote = claim.seat === this.#fixture.remoteClaim?.seat
    if (typeof ack !== 'string' && ack.isNew && !isRemote) this.#fixture.receivedMessages.push(sent[1])
    return ack
  }
}
