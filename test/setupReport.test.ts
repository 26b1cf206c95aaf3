import { expect, test } from 'vitest'
import { type Condition, conditions, type Contestant } from './bench/setup/conditions.ts'
import { createTables, findMissedAims, type Samples } from './bench/setup/report.ts'
import type { Timeline } from './bench/setup/trial.ts'

/** The report of `npm run bench -- setup`. The benchmark itself needs browsers and a quiet machine. */

const findCondition = (name: string): Condition => conditions.find((each) => each.name === name)!

const sample = (name: string, contestant: Contestant, ...painted: number[]): Samples => ({
  condition: findCondition(name),
  contestant,
  timelines: painted.map((time) => ({ painted: time, clockDifferenceMs: 0 }) as Timeline),
  failures: [],
})

test('a ratio above its aim is a missed target, and so is a contestant without a successful run', () => {
  const classic = sample('100 ms', 'classic', 1_000, 1_000)
  expect(findMissedAims([classic, sample('100 ms', 'prepared', 290, 300, 400)])).toEqual([])
  expect(findMissedAims([classic, sample('100 ms', 'prepared', 310)])).toEqual([
    '100 ms, duet, prepared: 0.31, aim 0.30',
  ])
  expect(findMissedAims([classic, sample('100 ms', 'off')])).toEqual(['100 ms, duet, DUET_PREPARE=off: –, aim 0.60'])
})

test('admission is compared with the classic page, which has none', () => {
  const samples = [sample('100 ms', 'classic', 1_000), sample('100 ms, Admit', 'prepared', 350)]
  expect(findMissedAims(samples)).toEqual(['100 ms, Admit, duet, prepared: 0.35, aim 0.30'])
})

test('a contestant that this build lacks is named, and has no row', () => {
  const [total] = createTables([sample('100 ms', 'classic', 1_000)], [], { classic: 'https://a', off: 'https://b' })
  expect(total?.notes?.[0]).toContain('missing: duet, prepared')
  expect(total?.rows.map(([condition, contestant]) => [condition, contestant])).toEqual([['100 ms', 'classic']])
})
