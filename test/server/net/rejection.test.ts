import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rejections } from '../../../server/net/rejection.ts'

test('server/README.md explains every status of a rejection, and no other', () => {
  const text = readFileSync(new URL('../../../server/README.md', import.meta.url), 'utf8')
  const [, table = ''] = /^\| status \| cause \|\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(text) ?? []
  const documented = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status))
  const statuses = Object.values(rejections).map((each) => (typeof each === 'function' ? each('') : each).status)
  expect(documented).toEqual([...new Set(statuses)].sort())
})
