import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { maxWords, type Source, wrongSentences } from './prose.ts'

const root = new URL('../', import.meta.url)
const folders = ['machines', 'server', 'client', 'turn', 'test', 'docs', 'deploy', '.']

/** The files whose texts people read. The rules themselves quote the patterns, and the changelog quotes old names. */
const isRead = (path: string): boolean =>
  /\.(ts|mjs|svelte|css|html|md)$/.test(path) && !path.startsWith('test/prose') && path !== 'CHANGELOG.md'

const filesIn = (folder: string): Source[] => {
  try {
    return readdirSync(new URL(`${folder}/`, root), { recursive: folder !== '.', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => posix.relative(root.pathname, posix.join(entry.parentPath, entry.name)))
      .filter(isRead)
      .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))
  } catch {
    return []
  }
}

test('comments, docs, titles and messages are plain sentences', () => {
  const files = folders.flatMap(filesIn)
  expect(files.length).toBeGreaterThan(700)
  expect(files.flatMap(wrongSentences)).toEqual([])
}, 120_000)

describe('the check finds', () => {
  test.each<[fault: string, path: string, text: string, problem: string]>([
    ['a relative pronoun in a doc comment', 'a.ts', '/** Who asks twice has a seat. */\nlet a', 'begins with'],
    ['one in the second sentence', 'a.ts', '/** This is a seat. What follows is an event. */\nlet a', 'begins with'],
    ['one after a parameter tag', 'a.ts', '/**\n * @param seat who holds it\n */\nlet a', 'begins with'],
    ['one in a line comment inside a function', 'a.ts', 'function f() {\n  // Who is first wins.\n}', 'begins with'],
    ['one in a component', 'a.svelte', '<script lang="ts">\n  // What is shown here.\n</script>', 'begins with'],
    ['one in markup', 'a.svelte', '<!-- What is shown here. -->', 'begins with'],
    ['one in a style sheet', 'a.css', '/* What is shown here. */', 'begins with'],
    ['one in a table of a README', 'README.md', '| file | what it holds |', 'begins with'],
    ['a banned word in a test title', 'a.test.ts', `test('the offer is made anew', () => {})`, 'anew'],
    ['a banned word in a template', 'a.ts', 'throw new Error(`${name} is no setting of this`)', 'is no'],
    ['a sentence with too many words', 'a.md', `${'word '.repeat(maxWords)}more.`, `${maxWords + 1} words`],
  ])('%s', (_, path, text, problem) => {
    expect(wrongSentences({ path, text })).toEqual([expect.stringContaining(problem)])
  })

  test.each<[name: string, path: string, text: string]>([
    ['a question', 'a.ts', `const title = 'What went wrong with this call?'`],
    ['code in backticks, which counts as one word', 'a.md', `It runs \`${'x '.repeat(30)}\` and ends.`],
    ['a code block', 'a.md', '```\nWho is there, and what is to be done anew\n```'],
    ['code', 'a.ts', 'const whoever = anew(what)'],
  ])('nothing wrong in %s', (_, path, text) => {
    expect(wrongSentences({ path, text })).toEqual([])
  })
})
