import type { SeatName } from '../../machines/protocol/messages.ts'

/** A seat as one socket claims it. The claim is valid while its epoch is the newest of the seat. */
export interface SeatClaim {
  readonly room: string
  readonly seat: SeatName
  readonly epoch: number
}
