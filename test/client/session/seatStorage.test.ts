import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SeatStorage } from '../../../client/session/seatStorage.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'

/** The storage of one tab. */
function tab(memory = new Map<string, string>()) {
  return { load: () => new SeatStorage(createMemoryStorage(memory), 'den'), duplicate: () => tab(new Map(memory)) }
}
let keys = 0
const makeKey = (): string => `key-${++keys}`
beforeEach(() => {
  keys = 0
})

describe('join request of a tab', () => {
  test('a tab reuses its join key across reloads until it has a seat', () => {
    const { load } = tab()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: null, policy: null })
    expect(load().getToken()).toBe('key-1')
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: null, policy: null })
    load().setToken('token')
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-2', token: 'token', policy: null })
  })

  test('a tab that left before it had a seat reuses its join key', () => {
    const { load } = tab()
    load().createJoinRequest(makeKey)
    load().markLeft()
    expect(load().getToken()).toBeNull()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: null, policy: null })
  })

  test('a tab that left sends its token until the server acknowledges the leave', () => {
    const { load } = tab()
    load().setToken('token')
    load().markLeft()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: 'token', policy: null })
    load().markLeft()
    load().clearLeftToken()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-2', token: null, policy: null })
  })

  test('a tab whose seat was lost uses the new join key', () => {
    const { load } = tab()
    load().setToken('token')
    load().setJoinKey('fresh key')
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'fresh key', token: null, policy: null })
  })
})

describe('clock of join requests', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000, toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  test('the request time increases after a clock change and after a reload', () => {
    const { load } = tab()
    const keeper = load()
    expect([keeper.nextRequestTime(), keeper.nextRequestTime()]).toEqual([1_000, 1_001])
    vi.setSystemTime(10)
    expect([keeper.nextRequestTime(), load().nextRequestTime()]).toEqual([1_002, 1_003])
  })

  test('the request time follows the system clock, so the later of two tabs is known', () => {
    const one = tab()
    const keeper = one.load()
    for (let asked = 0; asked < 5; asked++) keeper.nextRequestTime()
    const copy = one.duplicate().load()
    vi.setSystemTime(2_000)
    expect(copy.nextRequestTime()).toBe(2_000)
    vi.setSystemTime(2_001)
    expect(keeper.nextRequestTime()).toBe(2_001)
  })

  test('the request time increases without storage', () => {
    const keeper = new SeatStorage(undefined, 'den')
    vi.setSystemTime(5)
    expect([keeper.nextRequestTime(), keeper.nextRequestTime()]).toEqual([5, 6])
  })
})

describe('the policy of a room', () => {
  test('is stored in the tab, for a reloaded page that restores the room', () => {
    const storage = createMemoryStorage()
    new SeatStorage(storage, 'den').setPolicy('ask')
    expect(new SeatStorage(storage, 'den').createJoinRequest(() => 'key').policy).toBe('ask')
    expect(new SeatStorage(storage, 'other').getPolicy()).toBeNull()
  })
})

describe('a request for admission', () => {
  test('keeps its key across reloads, and the admitted join uses it', () => {
    const storage = createMemoryStorage()
    expect(new SeatStorage(storage, 'den').askKey(() => 'ask key')).toBe('ask key')
    expect(new SeatStorage(storage, 'den').askKey(() => 'another key')).toBe('ask key')
    new SeatStorage(storage, 'den').markAdmitted()
    expect(new SeatStorage(storage, 'den').createJoinRequest(() => 'key')).toMatchObject({ joinKey: 'ask key' })
    expect(new SeatStorage(storage, 'den').askKey(() => 'another key')).toBe('another key')
  })
})
