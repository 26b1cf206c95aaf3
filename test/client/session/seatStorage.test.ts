import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SeatStorage } from '../../../client/session/seatStorage.ts'

/** Keeps what a tab keeps. */
function tab(memory = new Map<string, string>()) {
  const storage = {
    getItem: (name: string) => memory.get(name) ?? null,
    setItem: (name: string, value: string) => void memory.set(name, value),
    removeItem: (name: string) => void memory.delete(name),
  }
  return { load: () => new SeatStorage(storage, 'den'), duplicate: () => tab(new Map(memory)) }
}
let keys = 0
const makeKey = (): string => `key-${++keys}`
beforeEach(() => {
  keys = 0
})

describe('a tab', () => {
  test('asks with one key until it has a seat, though its page is loaded anew', () => {
    const { load } = tab()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: null })
    expect(load().getToken()).toBe('key-1')
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: null })
    load().setToken('token')
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-2', token: 'token' })
  })

  test('asks with that key, too, after it went away before it had a seat', () => {
    const { load } = tab()
    load().createJoinRequest(makeKey)
    load().markLeft()
    expect(load().getToken()).toBeNull()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: null })
  })

  test('asks for what is left of its seat until the server knows that it left', () => {
    const { load } = tab()
    load().setToken('token')
    load().markLeft()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-1', token: 'token' })
    load().markLeft()
    load().clearLeftToken()
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'key-2', token: null })
  })

  test('asks with a key of another try when the seat was lost', () => {
    const { load } = tab()
    load().setToken('token')
    load().setJoinKey('fresh key')
    expect(load().createJoinRequest(makeKey)).toEqual({ joinKey: 'fresh key', token: null })
  })
})

describe('the clock of a tab', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000, toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  test('goes on when the computer’s is set back, and when the page is loaded anew', () => {
    const { load } = tab()
    const keeper = load()
    expect([keeper.nextRequestTime(), keeper.nextRequestTime()]).toEqual([1_000, 1_001])
    vi.setSystemTime(10)
    expect([keeper.nextRequestTime(), load().nextRequestTime()]).toEqual([1_002, 1_003])
  })

  test('is the computer’s, so that of two tabs with one seat the one that asks later is known', () => {
    const one = tab()
    const keeper = one.load()
    for (let asked = 0; asked < 5; asked++) keeper.nextRequestTime()
    const copy = one.duplicate().load()
    vi.setSystemTime(2_000)
    expect(copy.nextRequestTime()).toBe(2_000)
    vi.setSystemTime(2_001)
    expect(keeper.nextRequestTime()).toBe(2_001)
  })

  test('goes on where nothing can be kept', () => {
    const keeper = new SeatStorage(undefined, 'den')
    vi.setSystemTime(5)
    expect([keeper.nextRequestTime(), keeper.nextRequestTime()]).toEqual([5, 6])
  })
})
