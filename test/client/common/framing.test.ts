import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

test('only messages of the embedding page wait for their reader', async () => {
  const parent = {}
  const page = Object.assign(new EventTarget(), { parent })
  vi.stubGlobal('window', page)
  const { frameInbox } = await import('../../../client/common/framing.ts')
  const post = (source: object, data: string): boolean =>
    page.dispatchEvent(Object.assign(new Event('message'), { source, data }))
  post(page, 'another page')
  post(parent, 'early')
  const read: unknown[] = []
  frameInbox?.(({ data }) => void read.push(data))
  post(page, 'another page')
  post(parent, 'late')
  expect(read).toEqual(['early', 'late'])
})
