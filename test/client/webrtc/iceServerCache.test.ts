import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { IceSource } from '../../../client/webrtc/iceServerCache.ts'
import { createRandomKey } from '../../../client/common/randomKey.ts'
import type { IceConfig } from '../../../machines/protocol/messages.ts'
import { token } from '../../../machines/protocol/messages.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const config = (name: string): IceConfig => ({ iceServers: [{ urls: [`stun:${name}`] }], lifetimeMs: 1_000 })
const serversOf = (name: string) => config(name).iceServers

describe('ICE server cache', () => {
  test('servers are cached for 75 % of their lifetime, then fetched', async () => {
    let now = 0
    const ice = new IceSource(() => now)
    const fetch = vi.fn(async () => config('new'))
    ice.setFetch(fetch)
    ice.setFromSeat(config('old'))
    now = 749
    expect(await ice.getServers()).toEqual(serversOf('old'))
    expect(fetch).not.toHaveBeenCalled()
    now = 750
    expect(await ice.getServers()).toEqual(serversOf('new'))
  })

  test('a failed fetch returns the old servers', async () => {
    let now = 0
    const ice = new IceSource(() => now)
    ice.setFromSeat(config('old'))
    now = 5_000
    expect(await ice.getServers()).toEqual(serversOf('old'))
    ice.setFetch(() => Promise.reject(new Error('lost')))
    expect(await ice.getServers()).toEqual(serversOf('old'))
  })

  test('fetchServers fetches even if the cached servers are fresh', async () => {
    const ice = new IceSource(() => 0)
    ice.setFetch(async () => config('new'))
    ice.setFromSeat(config('old'))
    expect(await ice.fetchServers()).toEqual(serversOf('new'))
    expect(await ice.getServers()).toEqual(serversOf('new'))
  })

  test('fetchServers returns the old servers without a socket or after a timeout', async () => {
    const ice = new IceSource(() => 0)
    ice.setFromSeat(config('old'))
    expect(await ice.fetchServers()).toEqual(serversOf('old'))
    ice.setFetch(() => new Promise(() => undefined))
    const servers = ice.fetchServers()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await servers).toEqual(serversOf('old'))
  })

  test('a pending guest configuration does not replace one received with a seat', async () => {
    const ice = new IceSource(() => 0)
    let answer: (config: IceConfig) => void = () => undefined
    ice.setFetch(() => new Promise((resolve) => (answer = resolve)))
    const asked = ice.fetchServers()
    ice.setFromSeat(config('seat'))
    answer(config('guest'))
    expect([await asked, await ice.getServers()]).toEqual([serversOf('seat'), serversOf('seat')])
  })

  test('getServers resolves after a timeout', async () => {
    const ice = new IceSource(() => 0)
    ice.setFetch(() => new Promise(() => undefined))
    const servers = ice.getServers()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await servers).toEqual([])
  })
})

test('createRandomKey returns distinct valid keys', () => {
  const keys = Array.from({ length: 200 }, createRandomKey)
  for (const key of keys) expect(token.safeParse(key).success).toBe(true)
  expect(new Set(keys).size).toBe(200)
})
