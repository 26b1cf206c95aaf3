import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const parts = ['machines', 'server', 'client', 'turn', 'test', 'docs', 'deploy', '.github', '.ci']
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

test('a file of its row has every name in the table of docs/architecture.md', () => {
  const [, table = ''] =
    /\| question \| file, and the name in it \|\n.*\n([\s\S]*?)\n\n/.exec(
      readFileSync(`${root}/docs/architecture.md`, 'utf8'),
    ) ?? []
  const missing = table.split('\n').flatMap((row) => {
    const [question = '', answer = ''] = row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''))
    const text = namedFiles(answer)
      .flatMap((name) => files.filter((file) => file.endsWith(`/${name}`)))
      .map((file) => readFileSync(root + file, 'utf8'))
      .join('\n')
    return (
      [...answer.matchAll(/`([\w.]+)`/g)]
        // A class and its method stand apart in a file.
        .flatMap(([, name = '']) => (name.endsWith('.ts') ? [] : /^[A-Z]/.test(name) ? name.split('.') : [name]))
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(text))
        .map((name) => `${question}: ${name}`)
    )
  })
  expect(table.split('\n').length).toBeGreaterThan(30)
  expect(missing).toEqual([])
})
