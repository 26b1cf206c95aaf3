import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ApiError } from '../../../server/common/apiError.ts'
import { createLog } from '../../../server/common/log.ts'
import { RoomService, expirySweepIntervalMs } from '../../../server/rooms/roomService.ts'
import { hashToken } from '../../../server/rooms/tokens.ts'
import { deadlineMs } from '../../deadline.ts'
import { ManualClock } from '../manualClock.ts'
import { newJoinKey } from '../testClient.ts'
import { createFaultyStore } from './faultyStore.ts'
import type { StoreSubject } from './store.contract.ts'
import { freeAllowance } from './freeAllowance.ts'

const name = 'blue-door'
const codeOf = (error: unknown): string => (error instanceof ApiError ? error.errorCode : String(error))

/** The behaviour of rooms while their store fails. Every store must pass it. */
export function outageContract(subject: string, start: () => Promise<StoreSubject>): void {
  /** Two servers of one store. The store of the first one can fail. */
  async function startServers() {
    const { store: inner } = await start()
    const { store, ...faults } = createFaultyStore(inner)
    const clock = new ManualClock()
    const log = createLog('silent')
    const rooms = new RoomService({ store, clock, log })
    const others = new RoomService({ store: inner, clock, log })
    onTestFinished(rooms.start())
    const seatOf = async (seat: 'a' | 'b') => (await inner.load(name)).context.seats[seat]
    const doorNow = async () => (await inner.load(name)).context.door
    /** Applies the events that waited, and waits for `check`. */
    const sweepUntil = (check: () => Promise<void>) => {
      clock.advance(expirySweepIntervalMs)
      return vi.waitFor(check, { timeout: deadlineMs })
    }
    /** Resolves when an event that was added after the earlier ones has been applied. */
    const sweep = async () => {
      const { claim } = await others.join({ room: 'red-door', joinKey: newJoinKey(), requestedAt: 0 }, freeAllowance)
      faults.fail(new ApiError('unavailable'))
      await rooms.disconnect(claim)
      faults.fail(null)
      await sweepUntil(async () =>
        expect((await inner.load('red-door')).context.seats[claim.seat]?.expiresAt).not.toBeNull(),
      )
    }
    return { rooms, others, ...faults, seatOf, doorNow, sweep, sweepUntil }
  }
  const joinWith =
    (joinKey = newJoinKey(), more: { token?: string; policy?: 'ask' } = {}) =>
    (rooms: RoomService) =>
      rooms.join({ room: name, joinKey, requestedAt: 0, ...more }, freeAllowance)
  const visitor = { keyHash: hashToken('key'), source: 'network' }

  describe(`${subject}: a write whose answer was lost`, () => {
    test('disconnects the seat of a page that does not return', async () => {
      const { rooms, loseAnswer, seatOf, sweepUntil } = await startServers()
      loseAnswer('commit')
      expect(await joinWith()(rooms).catch(codeOf)).toBe('unavailable')
      expect((await seatOf('a'))?.expiresAt).toBeNull()
      await sweepUntil(async () => expect((await seatOf('a'))?.expiresAt).toBeGreaterThan(0))
    })

    test('gives the seat to the page that tries again, at any server', async () => {
      const { rooms, others, loseAnswer, seatOf, sweep } = await startServers()
      const join = joinWith()
      loseAnswer('commit')
      expect(await join(rooms).catch(codeOf)).toBe('unavailable')
      expect((await join(others)).claim).toMatchObject({ seat: 'a' })
      await sweep()
      expect((await seatOf('a'))?.expiresAt).toBeNull()
      expect(await seatOf('b')).toBeNull()
    })

    test('disconnects a seat that was resumed, and its earlier token stays valid', async () => {
      const { rooms, others, loseAnswer, seatOf, sweepUntil } = await startServers()
      const { joined } = await joinWith()(rooms)
      const resume = joinWith(newJoinKey(), { token: joined.token })
      loseAnswer('commit')
      expect(await resume(rooms).catch(codeOf)).toBe('unavailable')
      await sweepUntil(async () => expect((await seatOf('a'))?.expiresAt).toBeGreaterThan(0))
      expect((await resume(others)).claim).toMatchObject({ seat: 'a' })
    })

    test('does not disconnect another visitor that got the same epoch', async () => {
      const { rooms, others, fail, seatOf, sweep } = await startServers()
      fail(new ApiError('unavailable'))
      expect(await joinWith()(rooms).catch(codeOf)).toBe('unavailable')
      fail(null)
      await joinWith()(others)
      await sweep()
      expect((await seatOf('a'))?.expiresAt).toBeNull()
    })

    test('disconnects a visitor at the door that does not return', async () => {
      const { rooms, loseAnswer, doorNow, sweepUntil } = await startServers()
      await joinWith(newJoinKey(), { policy: 'ask' })(rooms)
      loseAnswer('commit')
      expect(await rooms.ask(name, visitor, 'Ben').catch(codeOf)).toBe('unavailable')
      expect((await doorNow()).visitor?.expiresAt).toBeNull()
      await sweepUntil(async () => expect((await doorNow()).visitor?.expiresAt).toBeGreaterThan(0))
    })

    test('does not disconnect a visitor at the door that asks again', async () => {
      const { rooms, loseAnswer, doorNow, sweep } = await startServers()
      await joinWith(newJoinKey(), { policy: 'ask' })(rooms)
      loseAnswer('commit')
      expect(await rooms.ask(name, visitor, 'Ben').catch(codeOf)).toBe('unavailable')
      expect(await rooms.ask(name, visitor, 'Ben')).not.toBeNull()
      await sweep()
      expect((await doorNow()).visitor).toMatchObject({ keyHash: visitor.keyHash, expiresAt: null })
    })

    test('ends a preparation that no visitor knows', async () => {
      const { rooms, loseAnswer, doorNow, sweepUntil } = await startServers()
      await joinWith()(rooms)
      loseAnswer('commit')
      const request = { type: 'preparation.requested', ...visitor, at: 0 } as const
      expect(await rooms.apply(name, request).catch(codeOf)).toBe('unavailable')
      expect((await doorNow()).preparation).not.toBeNull()
      await sweepUntil(async () => expect((await doorNow()).preparation).toBeNull())
    })
  })

  describe(`${subject}: a write that never took effect`, () => {
    test('does not disconnect a visitor that asks again and gets the same number', async () => {
      const { rooms, fail, doorNow, sweep } = await startServers()
      await joinWith(newJoinKey(), { policy: 'ask' })(rooms)
      const { store } = rooms
      const commit = vi.spyOn(store, 'commit').mockRejectedValueOnce(new ApiError('unavailable'))
      expect(await rooms.ask(name, visitor, 'Ben').catch(codeOf)).toBe('unavailable')
      commit.mockRestore()
      fail(null)
      expect(await rooms.ask(name, visitor, 'Ben')).not.toBeNull()
      await sweep()
      expect((await doorNow()).visitor).toMatchObject({ keyHash: visitor.keyHash, expiresAt: null })
    })
  })

  describe(`${subject}: a store that fails`, () => {
    const message = { type: 'media', microphone: true, camera: true, screen: false } as const

    test('rejects each request as unavailable, and accepts it afterwards', async () => {
      const { rooms, fail } = await startServers()
      const { claim } = await joinWith(newJoinKey(), { policy: 'ask' })(rooms)
      const requests = {
        join: () => joinWith()(rooms),
        ask: () => rooms.ask(name, visitor, 'Ben'),
        view: () => rooms.view(name, null),
        sendMessage: () => Promise.resolve(rooms.sendMessage(claim, 1, message)),
        reportMedia: () => rooms.reportMedia(claim, 'flowing'),
        setPolicy: () => rooms.setPolicy(claim, 'open'),
        leave: () => rooms.leave(claim, false),
      }
      fail(new ApiError('unavailable'))
      for (const [request, send] of Object.entries(requests))
        expect(await send().catch(codeOf), request).toBe('unavailable')
      fail(null)
      for (const [request, send] of Object.entries(requests).slice(1))
        expect(await send().catch(codeOf), request).not.toBe('unavailable')
    })

    test('applies the ends of connections in their order when it answers again', async () => {
      const { rooms, others, fail, seatOf, sweepUntil } = await startServers()
      const { claim, joined } = await joinWith()(rooms)
      fail(new ApiError('unavailable'))
      await rooms.leave(claim, true)
      await rooms.disconnect(claim)
      fail(null)
      await sweepUntil(async () => expect((await seatOf('a'))?.expiresAt).not.toBeNull())
      expect(await seatOf('a')).toMatchObject({ isPageClosing: true })
      expect((await joinWith(newJoinKey(), { token: joined.token })(others)).claim.seat).toBe('a')
    })

    test('keeps what waits when it fails again during the retry', async () => {
      const { rooms, fail, loseAnswer, seatOf, sweepUntil } = await startServers()
      const { claim } = await joinWith()(rooms)
      fail(new ApiError('unavailable'))
      await rooms.disconnect(claim)
      fail(null)
      loseAnswer('load')
      await sweepUntil(async () => expect(await seatOf('a')).not.toBeNull())
      await sweepUntil(async () => expect((await seatOf('a'))?.expiresAt).not.toBeNull())
    })
  })
}
