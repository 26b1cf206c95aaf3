import { afterAll, beforeAll, describe, expect, test as always } from 'vitest'
import { needs } from '../needs.ts'
import { allocationCases } from './contract/allocationCases.ts'
import { expectedFor } from './contract/contractCase.ts'
import { coturnServer, defaultCoturnServer } from './contract/coturnServer.ts'
import { lifetimeCases } from './contract/lifetimeCases.ts'
import { duetServer } from './contract/duetServer.ts'
import { rejectionCases } from './contract/rejectionCases.ts'
import { relayingCases } from './contract/relayingCases.ts'
import { hasIpv6, type RunningServer, type StartOptions } from './contract/serverUnderTest.ts'
import { renderReadme } from './contract/readmeTable.ts'

/**
 * Runs the same cases against Duet and coturn. Where they differ, the case has the expected difference and its reason.
 */

const test = needs('coturn', 'koffi')
const cases = [...allocationCases, ...relayingCases, ...rejectionCases, ...lifetimeCases]

describe.each([
  ['Duet', duetServer('batch'), 30_000],
  ['Duet over dgram', duetServer('dgram'), 30_600],
  ['coturn', coturnServer, 30_200],
  ['coturn by default', defaultCoturnServer, 30_400],
] as const)('%s', (_, subject, first) => {
  for (const [hasShortLifetime, range] of [
    [false, `${first}-${first + 99}`],
    [true, `${first + 100}-${first + 199}`],
  ] as const) {
    describe(hasShortLifetime ? 'with short lifetimes' : 'with normal lifetimes', () => {
      let running: RunningServer
      beforeAll(async () => {
        running = await start({ hasShortLifetime }, range)
      })
      afterAll(() => running.stop())

      for (const one of cases.filter((other) => (other.hasShortLifetime ?? false) === hasShortLifetime)) {
        test.skipIf(one.needsIpv6 && !hasIpv6)(one.name, async () => {
          expect(await one.run(running)).toEqual(expectedFor(one, subject.name))
        })
      }
    })
  }

  const start = (wish: StartOptions, range: string) => subject.start({ DUET_TURN_RELAY_PORTS: range }, wish)
})

always('contract/README.md lists the cases, and every difference has a reason', async () => {
  const differing = cases.filter((one) => 'dgram' in one || 'coturn' in one || 'coturnDefault' in one)
  expect(cases.filter(({ reason }) => reason)).toEqual(differing)
  await expect(renderReadme(cases)).toMatchFileSnapshot('contract/README.md')
})
