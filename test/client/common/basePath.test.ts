import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { appPath, readBasePath, withoutBasePath } from '../../../client/common/basePath.ts'

const pageWith = (src: string | null) =>
  ({ querySelector: () => (src === null ? null : { getAttribute: () => src }) }) as unknown as Document

test.each([
  ['/assets/index-abc.js', ''],
  ['/duet/assets/index-abc.js', '/duet'],
  ['/a/b/assets/index-abc.js', '/a/b'],
  ['/main.ts', ''],
  [null, ''],
])('an entry script at %s means the base path "%s"', (src, base) => {
  expect(readBasePath(pageWith(src))).toBe(base)
})

test('paths of the server get the base path, and lose it again', () => {
  expect(appPath('/check', '/duet')).toBe('/duet/check')
  expect(appPath('/check', '')).toBe('/check')
  expect(withoutBasePath('/duet/r/blue-door', '/duet')).toBe('/r/blue-door')
  expect(withoutBasePath('/duet', '/duet')).toBe('')
  expect(withoutBasePath('/duets/check', '/duet')).toBe('/duets/check')
  expect(withoutBasePath('/r/blue-door', '')).toBe('/r/blue-door')
})

test('no component links to a path of the server without the base path', () => {
  const client = new URL('../../../client/', import.meta.url)
  const components = readdirSync(client, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.svelte'),
  )
  const bare = components.filter((path) =>
    /\b(href|src|action)=(["'{`]+)\//.test(readFileSync(new URL(path, client), 'utf8')),
  )
  expect(components.length).toBeGreaterThan(30)
  expect(bare).toEqual([])
})
