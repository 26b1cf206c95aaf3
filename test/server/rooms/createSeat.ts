import type { Seat } from '../../../machines/room/seats.ts'

/** Returns a taken seat with a connected socket. */
export const createSeat = (epoch: number): Seat => ({
  tokenHash: `t${epoch}`,
  previousTokenHash: 'p',
  joinKey: 'k',
  requestedAt: 0,
  epoch,
  claimedEpoch: epoch,
  isPageClosing: false,
  expiresAt: null,
  hasMedia: false,
})
