import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { chartedMachines } from '../../../../client/pages/statecharts/drawings.ts'
import { repositoryUrl, sourceUrl } from '../../../../client/pages/statecharts/source/machineSource.ts'
import { readSources } from '../../../../client/pages/statecharts/source/readSources.ts'
import { createStatechart, statePath } from '../../../../machines/statechart.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const files = new Map(
  readdirSync(`${root}machines`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [`machines/${name}`, readFileSync(`${root}machines/${name}`, 'utf8')]),
)
const sources = readSources(files)
const lineOf = (file: string, line: number): string => files.get(file)?.split('\n')[line - 1] ?? ''

test.each(Object.entries<AnyStateMachine>(chartedMachines))(
  'every state and guard of %s has its line',
  (_, machine) => {
    const source = sources[machine.id]
    const chart = createStatechart(machine)
    expect(lineOf(source!.file, source!.line)).toContain('createMachine({')
    expect(Object.keys(source!.states).sort()).toEqual(
      chart.states
        .slice(1)
        .map(({ id }) => statePath(chart, id))
        .sort(),
    )
    for (const [path, line] of Object.entries(source!.states))
      expect(lineOf(source!.file, line).trim()).toMatch(new RegExp(`^${path.split('.').at(-1)}: `))
    expect(Object.keys(source!.guards).sort()).toEqual(Object.keys(machine.implementations.guards).sort())
    for (const [name, { file, line, text }] of Object.entries(source!.guards)) {
      expect(text).toContain(name)
      expect(lineOf(file, line)).toContain(text.split('\n')[0])
    }
  },
)

test('a guard that only calls its function shows the function, with its comment', () => {
  const { isIceRestart, isAlone, isNewVisitor } = { ...sources.call?.guards, ...sources.room?.guards }
  expect(isIceRestart).toMatchObject({ file: 'machines/call/negotiation.ts', about: expect.stringMatching(/\.$/) })
  expect(isIceRestart?.text).toMatch(/^export (const|function) isIceRestart/)
  expect(isAlone).toMatchObject({ file: 'machines/call/callSetup.ts', about: '' })
  expect(isNewVisitor?.about).toMatch(/^A repeated join .* admission\.$/)
})

test.each([
  ['https://git.example/duet.git', 'https://git.example/duet'],
  [{ type: 'git', url: 'git+https://git.example/duet.git' }, 'https://git.example/duet'],
  ['git@git.example:duet.git', null],
  [undefined, null],
])('the repository %j has the address %s', (repository, url) => {
  expect(repositoryUrl(repository)).toBe(url)
})

test('a place without a repository has no address', () => {
  const place = { file: 'machines/call/callMachine.ts', line: 8 }
  expect(sourceUrl('https://git.example/duet', place)).toBe(
    'https://git.example/duet/blob/HEAD/machines/call/callMachine.ts#L8',
  )
  expect(sourceUrl(null, place)).toBeNull()
})
