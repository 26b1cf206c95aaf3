import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findUndocumented } from './docComments.ts'
import type { Source } from './imports.ts'

const root = new URL('../', import.meta.url)

const filesIn = (folder: string, ending: string): Source[] =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => posix.join(folder, file.replaceAll('\\', '/')))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))

/** The product, and the models of its machines that several tests share. */
const sources = [
  ...['machines', 'server', 'client', 'turn'].flatMap((part) => filesIn(part, '.ts')),
  ...filesIn('test/machines', '.graph.ts'),
]

test('every exported function and class, and every public method and getter, has a doc comment', () => {
  expect(sources.length).toBeGreaterThan(250)
  expect(findUndocumented(sources)).toEqual([])
})

describe('the check finds', () => {
  test.each<[fault: string, text: string, found: string]>([
    ['an exported function', 'export function f() {}', 'a.ts:1: f'],
    ['an exported arrow function', '\nexport const f = () => 1', 'a.ts:2: f'],
    ['an exported class', 'export class C {}', 'a.ts:1: C'],
    ['a public method', '/** A. */\nexport class C {\n  m() {}\n}', 'a.ts:3: C.m'],
    ['a getter', '/** A. */\nexport class C {\n  get g() { return 1 }\n}', 'a.ts:3: C.g'],
    ['a method that is a property', '/** A. */\nexport class C {\n  readonly m = () => 1\n}', 'a.ts:3: C.m'],
    ['a line comment, which editors do not show', '// A.\nexport function f() {}', 'a.ts:2: f'],
  ])('%s', (_, text, found) => {
    expect(findUndocumented([{ path: 'a.ts', text }])).toEqual([found])
  })

  test.each<[name: string, text: string]>([
    ['a documented function', '/** A. */\nexport function f() {}'],
    ['a function that is not exported', 'function f() {}'],
    ['a private member', '/** A. */\nexport class C {\n  #m() {}\n  private n() {}\n}'],
    ['a constant', 'export const a = 1'],
    ['a type', 'export type T = 1\nexport interface I { m(): void }'],
    ['a re-export', `export { f } from './b.ts'`],
    [
      'a member that its interface documents',
      'interface I {\n  /** A. */\n  m(): void\n}\n/** A. */\nexport class C implements I {\n  m() {}\n}',
    ],
  ])('nothing wrong in %s', (_, text) => {
    expect(findUndocumented([{ path: 'a.ts', text }])).toEqual([])
  })
})
