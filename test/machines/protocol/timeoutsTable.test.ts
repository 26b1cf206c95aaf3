import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const declarations = 'machines/protocol/timeouts.ts'
const sources = ['machines', 'server', 'client', 'turn']
  .flatMap((part) =>
    readdirSync(root + part, { recursive: true, encoding: 'utf8' }).map(
      (name) => `${part}/${name.replaceAll('\\', '/')}`,
    ),
  )
  .filter((file) => /\.(ts|svelte)$/.test(file) && file !== declarations)
  .sort()
  .map((file) => ({ file, text: readFileSync(root + file, 'utf8') }))

/** The table is in ms, so the unit in a comment would be a repetition. */
const formatComment = (comment = ''): string =>
  comment
    .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
    .replaceAll(/, in ms\b,?/g, '')
    .replace(/^ ?In ms[.;] (.)/, (_, first: string) => first.toUpperCase())
    .trim()
const formatTime = (value: number | readonly number[]): string =>
  [value]
    .flat()
    .map((ms) => ms.toLocaleString('en-US'))
    .join(', ')

const commentPattern = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n *)?`

/** The comment directly above each key of `timeouts`. */
function readComments(): Map<string, string> {
  const text = readFileSync(root + declarations, 'utf8')
  return new Map(
    [...text.matchAll(new RegExp(`${commentPattern}(\\w+Ms): [\\d[]`, 'g'))].map(
      ([, comment, name = '']) => [name, formatComment(comment)] as const,
    ),
  )
}

const listUsers = (name: string): string[] =>
  sources.filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text)).map(({ file }) => file)

const comments = readComments()

/** Rows of the times in `timeouts`. */
const formatSharedTimes = (): string =>
  [
    '| time | ms | meaning | used in |',
    '|---|---|---|---|',
    ...Object.entries(timeouts).map(
      ([name, value]) =>
        `| \`${name}\` | ${formatTime(value)} | ${comments.get(name)} | ${listUsers(name)
          .map((file) => `\`${file}\``)
          .join(', ')} |`,
    ),
  ].join('\n')

/** Rows of the constants of one file whose name ends in `Ms`. */
const formatLocalTimes = (): string =>
  [
    '| time | ms | meaning | file |',
    '|---|---|---|---|',
    ...sources.flatMap(({ file, text }) =>
      // `dayMs` is a unit.
      [...text.matchAll(new RegExp(`${commentPattern}^(?:export )?const (?!dayMs)(\\w+Ms) = ([\\d_]+)$`, 'gm'))].map(
        ([, comment, name, value = '']) =>
          `| \`${name}\` | ${formatTime(Number(value.replaceAll('_', '')))} | ${formatComment(comment)} | \`${file}\` |`,
      ),
    ),
  ].join('\n')

test('every time has a comment of its own, and those in timeouts.ts have a user', () => {
  const names = Object.keys(timeouts)
  expect(names.filter((name) => !comments.get(name))).toEqual([])
  expect(names.filter((name) => listUsers(name).length === 0)).toEqual([])
  expect(formatLocalTimes().match(/.*\|  \|.*/g)).toBeNull()
})

/** To regenerate: `npx vitest run --config test/vitest.config.ts test/machines/protocol/timeoutsTable.test.ts -u`. */
test('the times in docs/timeouts.md are current; option -u regenerates them', async () => {
  const path = `${root}docs/timeouts.md`
  const [shared, local] = [formatSharedTimes(), formatLocalTimes()]
  expect(local.split('\n').length).toBeGreaterThan(40)
  await expect(
    replaceGeneratedParts(readFileSync(path, 'utf8'), { 'shared times': shared, 'local times': local }),
  ).toMatchFileSnapshot(path)
})
