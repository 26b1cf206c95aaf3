import type { SeatName } from '../../machines/protocol/messages.ts'

/** A seat as one socket holds it: what it does counts as long as the epoch is the seat's newest. */
export interface Stay {
  readonly room: string
  readonly seat: SeatName
  readonly epoch: number
}
