import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './order.ts'

const browser = 'test/browser/**/*.test.ts'
const nat = 'test/nat/**/*.test.ts'
const faults = 'test/faults/browser/**/*.test.ts'

/** Two calls keep two cores busy: two files at a time, whichever these are, after the rest. Who waits is patient with a busy machine. */
const withBrowsers = { maxWorkers: 2, sequence: { groupOrder: 1 }, hookTimeout: 60_000, expect: { poll: { timeout: 5_000 } } }

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/setup.ts',
    reporters: ['default', './test/reporter.ts'],
    // Nothing is tried again: a test that passes at the second try has found something.
    retry: 0,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [browser, nat, faults, 'test/bench/**'],
          // By default one core is left to others.
          maxWorkers: Math.max(2, availableParallelism()),
          // Those of a file that run at once are those that wait.
          maxConcurrency: 100,
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'browser', include: [browser], testTimeout: 60_000, ...withBrowsers } },
      // In networks that the tests make: their names have the number of the process in them.
      { test: { name: 'nat', include: [nat], testTimeout: 60_000, ...withBrowsers } },
      { test: { name: 'faults', include: [faults], testTimeout: 90_000, ...withBrowsers } },
    ],
  },
})
