import { expect, test } from 'vitest'
import { MetricsRegistry } from '../../../server/common/metricsRegistry.ts'

/** A registry with one gauge, whose source another thread updates. */
function createMetrics(refresh: (update: (value: number) => void) => Promise<void>) {
  const metrics = new MetricsRegistry()
  let level = 1
  metrics.gauge('level', 'A level.', () => level)
  metrics.refreshBeforeScrape(() => refresh((value) => (level = value)))
  return metrics
}

test('a scrape has the values of other threads at this moment', async () => {
  const metrics = createMetrics(async (update) => {
    await new Promise((resolve) => setImmediate(resolve))
    update(2)
  })
  expect(await metrics.render()).toMatch(/^level 2$/m)
})

test.each([
  ['fails', () => Promise.reject(new Error('the thread has ended'))],
  ['does not respond', () => new Promise<void>(() => {})],
])('a scrape has old values if a thread %s', async (_, refresh) => {
  expect(await createMetrics(refresh).render()).toMatch(/^level 1$/m)
})
