import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const parts = ['machines', 'server', 'client', 'turn', 'test', 'docs', '.github', '.ci']
const files = parts.flatMap((part) =>
  readdirSync(`${root}/${part}`, { recursive: true, encoding: 'utf8' }).map((file) => `/${part}/${file}`),
)
const documents = [...readdirSync(root, { encoding: 'utf8' }).map((file) => `/${file}`), ...files].filter(
  (file) => file.endsWith('.md') && file !== '/CHANGELOG.md',
)

/** Source files that a document names in backticks: a path, or the end of one. `…` and `*` stand for any name. */
const namedFiles = (text: string): string[] =>
  [...text.matchAll(/`(?:\.\.?\/)*([\w./-]+\.(?:ts|svelte|mjs|sh))`/g)].map(([, name = '']) => name)

test('every source file that a document names exists', () => {
  const missing = documents.flatMap((document) =>
    namedFiles(readFileSync(root + document, 'utf8'))
      .filter((name) => !files.some((file) => file.endsWith(`/${name}`)))
      .map((name) => `${document}: ${name}`),
  )
  expect(documents.length).toBeGreaterThan(10)
  expect(missing).toEqual([])
})
