import { afterAll, beforeAll, describe, expect, test as always } from 'vitest'
import { needs } from '../needs.ts'
import { allocating } from './contract/allocating.ts'
import { expectedOf } from './contract/case.ts'
import { coturn, plainCoturn } from './contract/coturn.ts'
import { ending } from './contract/ending.ts'
import { ours } from './contract/ours.ts'
import { refusing } from './contract/refusing.ts'
import { relaying } from './contract/relaying.ts'
import { hasIpv6, type Running, type Wish } from './contract/subject.ts'
import { readme } from './contract/table.ts'

/** What TURN.md asks for, tried on ours and on coturn alike: where they differ, the case says how and why. */

const test = needs('coturn')
const cases = [...allocating, ...relaying, ...refusing, ...ending]

describe.each([[ours.name, ours, 30_000], [coturn.name, coturn, 30_200], [plainCoturn.name, plainCoturn, 30_400]] as const)('%s', (_, subject, first) => {
  for (const [isShort, range] of [[false, `${first}-${first + 99}`], [true, `${first + 100}-${first + 199}`]] as const) {
    describe(isShort ? 'that ends soon' : 'that stays', () => {
      let running: Running
      beforeAll(async () => { running = await start({ isShort }, range) })
      afterAll(() => running.stop())

      for (const one of cases.filter((other) => (other.isShort ?? false) === isShort)) {
        test.skipIf(one.needsIpv6 && !hasIpv6)(one.name, async () => {
          expect(await one.act(running)).toEqual(expectedOf(one, subject.name))
        })
      }
    })
  }

  const start = (wish: Wish, range: string) => subject.start({ DUET_TURN_RELAY_PORTS: range }, wish)
})

always('the page about it says what is tried, and every difference has its reason', async () => {
  const differing = cases.filter((one) => 'coturn' in one || 'byDefault' in one)
  expect(cases.filter(({ because }) => because)).toEqual(differing)
  await expect(readme(cases)).toMatchFileSnapshot('contract/README.md')
})
