import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/**
 * A backdrop filter over a video is computed anew with every frame. Without a graphics card it took four fifths of the painting of a call:
 * 1.6 to 2.7 CPU-seconds of every 5 for two pages, and 0.35 without it (Chromium 156, 720×480, two runs each).
 */
test('no style of the client filters what lies behind an element', () => {
  const client = join(import.meta.dirname, '../../client')
  const sources = readdirSync(client, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|css|html)$/.test(name))
  expect(sources.length).toBeGreaterThan(20)
  expect(sources.filter((name) => readFileSync(join(client, name), 'utf8').includes('backdrop-filter'))).toEqual([])
})
