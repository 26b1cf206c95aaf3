import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import { MemoryStore } from '../../../server/rooms/memoryStore.ts'
import { RoomService } from '../../../server/rooms/roomService.ts'
import type { SeatClaim } from '../../../server/rooms/seatClaim.ts'
import type { ManualClock } from '../../server/manualClock.ts'
import type { SignalingServerFixture } from './signalingServerFixture.ts'

/** The messages and the media flow that the server received from the holder of a seat. */
export interface SeatRecord {
  epoch: number
  lastSeq: number
  mediaFlow: 'flowing' | 'stopped'
}

/** A room service that records acknowledged messages and reports. */
export class RecordingRoomService extends RoomService {
  readonly #fixture: SignalingServerFixture

  constructor(parts: ConstructorParameters<typeof RoomService>[0], fixture: SignalingServerFixture) {
    super(parts)
    this.#fixture = fixture
  }

  override async join(...args: Parameters<RoomService['join']>): ReturnType<RoomService['join']> {
    const admission = await super.join(...args)
    const {
      joined: { seat, epoch, acked, resumed },
    } = admission
    // A reloaded page has no media (machines/room/roomMachine.ts).
    const isSame = resumed && Boolean(args[0].lastEventId)
    this.#fixture.seatRecords.set(seat, {
      epoch,
      lastSeq: acked,
      mediaFlow: isSame ? (this.#fixture.seatRecords.get(seat)?.mediaFlow ?? 'stopped') : 'stopped',
    })
    return admission
  }

  override async sendMessage(claim: SeatClaim, n: number, message: PeerMessage): Promise<number> {
    const acked = await super.sendMessage(claim, n, message)
    const record = this.#fixture.seatRecords.get(claim.seat)
    if (record && n > record.lastSeq) {
      record.lastSeq = n
      this.#fixture.receivedMessages.push(message)
    }
    return acked
  }

  override async reportMedia(claim: SeatClaim, mediaFlow: 'flowing' | 'stopped'): Promise<void> {
    await super.reportMedia(claim, mediaFlow)
    const record = this.#fixture.seatRecords.get(claim.seat)
    if (record?.epoch === claim.epoch) record.mediaFlow = mediaFlow
  }
}

/** A store whose commits fail on request. */
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
}
