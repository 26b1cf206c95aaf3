import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/**
 * Browsers recompute a backdrop filter over a video for each frame. Without a GPU this costs the GPU process of two
 * pages 1.6 to 2.7 CPU-seconds in 5 s. The call without the filter costs it 0.35 (Chromium 156, 720×480, two runs
 * each).
 */
test('no style of the client uses backdrop-filter', () => {
  const client = join(import.meta.dirname, '../../../client')
  const sources = readdirSync(client, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(svelte|css|html)$/.test(name),
  )
  expect(sources.length).toBeGreaterThan(20)
  expect(sources.filter((name) => readFileSync(join(client, name), 'utf8').includes('backdrop-filter'))).toEqual([])
})

test('only a spinner and the circle of a person who waits move in a loop', () => {
  const client = join(import.meta.dirname, '../../../client')
  const loops = readdirSync(client, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(svelte|css)$/.test(name))
    .flatMap((name) => readFileSync(join(client, name), 'utf8').match(/animation:.*\binfinite\b.*/g) ?? [])
  expect(loops.sort()).toEqual([
    'animation: breathe 2.4s ease-in-out infinite alternate;',
    'animation: turn 1.2s linear infinite;',
  ])
})
