import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dropHydration } from '../../client/dropHydration.ts'

test('the installed Svelte declares and sets `hydrating` once', async () => {
  const path = new URL('../../node_modules/svelte/src/internal/client/dom/hydration.js', import.meta.url)
  const code = dropHydration(await readFile(path, 'utf8'))
  expect(code).toContain('export const hydrating = false;')
  expect(code).not.toMatch(/\bhydrating = value/)
})

test('other code is an error of the build', () => {
  expect(() => dropHydration('export let hydrating = false;')).toThrow('expected once')
})
