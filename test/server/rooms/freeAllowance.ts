import type { RoomService } from '../../../server/rooms/roomService.ts'

/** The rate limits of a client that has guessed nothing and created no room. */
export const freeAllowance: Parameters<RoomService['join']>[1] = () => ({ mayJoin: true, mayCreateRoom: true })
