import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { createMemoryStorage } from '../common/memoryStorage.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const { parseEntryScript: entryIn, Release } = await import('../../../client/app/release.svelte.ts')

const pageOf = (entry: string): string =>
  `<!doctype html><script>early()</script><link rel="x" href="/y"><script type="module" crossorigin src="${entry}"></script>`

/** A page of build `entry`, on a server with build `served` (null: the server does not answer). */
function start({
  entry = '/assets/app-1.js' as string | null,
  served = '/assets/app-1.js' as string | null,
  hasStorage = true,
} = {}) {
  const memory = hasStorage ? createMemoryStorage() : undefined
  let reloads = 0
  const world = { served }
  const open = () =>
    new Release({
      entry,
      storage: memory,
      reload: () => {
        reloads += 1
      },
      fetchPage: async () => {
        if (world.served === null) throw new TypeError('Failed to fetch')
        return pageOf(world.served)
      },
    })
  return { world, open, release: open(), reloads: () => reloads }
}

const missing = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))

describe('failed load of a part of the page', () => {
  test('a failed load with another entry script on the server counts as an upgrade', async () => {
    const { release } = start({ served: '/assets/app-2.js' })
    await expect(release.load(missing)).rejects.toThrow('dynamically')
    expect([release.failure, release.hasUpdate]).toEqual(['updated', true])
  })

  test.each([
    ['the server does not answer', null],
    ['the server has the same build', '/assets/app-1.js'],
  ])('a failed load counts as a network failure if %s', async (_, served) => {
    const { release } = start({ served })
    await expect(release.load(missing)).rejects.toThrow()
    expect([release.failure, release.hasUpdate]).toEqual(['unreachable', false])
  })

  test('a load times out after 15 s', async () => {
    vi.useFakeTimers()
    try {
      const { release } = start()
      const outcome = release.load(() => new Promise(() => {})).catch((error: Error) => error.message)
      await vi.advanceTimersByTimeAsync(14_999)
      expect(release.failure).toBeNull()
      await vi.advanceTimersByTimeAsync(1)
      expect(await outcome).toContain('15000 ms')
      expect(release.failure).toBe('unreachable')
    } finally {
      vi.useRealTimers()
    }
  })

  test('a retry clears the failure', async () => {
    const { release } = start()
    await expect(release.load(missing)).rejects.toThrow()
    expect(await release.load(async () => 'part')).toBe('part')
    expect(release.failure).toBeNull()
  })
})

describe('automatic reload', () => {
  test('a page reloads once per new build, never in a loop', async () => {
    const { open, release, reloads, world } = start({ served: '/assets/app-2.js' })
    await release.checkForUpdate()
    expect(release.isReloading).toBe(false)
    release.reloadOnce()
    expect([reloads(), release.isReloading]).toEqual([1, true])
    // The next page has the old build again: a proxy serves a mix.
    for (let load = 0; load < 5; load++) {
      const next = open()
      await next.checkForUpdate()
      next.reloadOnce()
    }
    expect(reloads()).toBe(1)
    world.served = '/assets/app-3.js'
    const next = open()
    await next.checkForUpdate()
    next.reloadOnce()
    expect(reloads()).toBe(2)
  })

  test.each([
    ['the build is current', {}],
    ['storage is denied, so a loop could not be stopped', { served: '/assets/app-2.js', hasStorage: false }],
    ['the build of the page is unknown', { entry: null, served: '/assets/app-2.js' }],
  ])('a page does not reload if %s', async (_, how) => {
    const { release, reloads } = start(how)
    await release.checkForUpdate()
    release.reloadOnce()
    expect(reloads()).toBe(0)
  })
})

test('parseEntryScript finds the entry script of client/index.html', () => {
  expect(entryIn(readFileSync(new URL('../../../client/index.html', import.meta.url), 'utf8'))).toBe('/main.ts')
  expect(entryIn(pageOf('/assets/app-9.js'))).toBe('/assets/app-9.js')
  expect(entryIn('<p>A proxy says hello</p>')).toBeNull()
})
