import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { deadlineMs } from './deadline.ts'
import { LongestFirst } from './order.ts'

/**
 * `npm test` runs the projects `unit` and `call`, `npm run test:long` all others. A file belongs to `unit` by default,
 * so a new quick test needs no entry here.
 */
const call = 'test/browser/wholeCall.test.ts'
const browser = 'test/browser/**/*.test.ts'
const nat = 'test/nat/**/*.test.ts'
const faultsInBrowsers = 'test/faults/browser/**/*.test.ts'
/** Packages and recipes, with the programs of a system. */
const release = 'test/release/**/*.test.ts'
/** Long walks of the models, planted faults, other programs, and long attacks. */
const long = [
  'test/faults/*.test.ts',
  'test/client/interleavings/seededFaults.test.ts',
  'test/client/pages/statecharts/sandboxGraph.test.ts',
  'test/client/session/chaos.test.ts',
  'test/client/transfer/transferFaults.test.ts',
  'test/machines/call/callMachine.server.test.ts',
  'test/machines/composed/door.test.ts',
  'test/machines/composed/preparationWalks.test.ts',
  'test/machines/composed/sharedStoreWalks.test.ts',
  'test/machines/room/roomMachine.server.test.ts',
  'test/server/redis/redisCluster.test.ts',
  'test/turn/net/attacks.test.ts',
  'test/turn/contract.test.ts',
  'test/turn/engine/attacks.test.ts',
  'test/turn/engine/growth.test.ts',
  'test/turn/turnutils.test.ts',
]
const bench = 'test/bench/**'

/** A wait that ends in time passes on any machine; see deadline.ts. */
const waits = { expect: { poll: { timeout: deadlineMs } }, testTimeout: 3 * deadlineMs, hookTimeout: 3 * deadlineMs }
/** Concurrent files in one process wait more than they compute. */
const inProcess = {
  ...waits,
  maxWorkers: Math.max(2, availableParallelism()),
  maxConcurrency: 100,
  sequence: { groupOrder: 0 },
}
/**
 * Two calls use two cores: two files at a time, after the other projects. Four files at a time made each of them two to
 * three times as slow.
 */
const withBrowsers = { ...waits, maxWorkers: 2, testTimeout: 5 * deadlineMs, sequence: { groupOrder: 1 } }

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/setup.ts',
    reporters: ['default', './test/reporter.ts'],
    // Shows the whole text of an unexpected page.
    chaiConfig: { truncateThreshold: 2_000 },
    // No retries: a test that passes only at the second try has found a bug.
    retry: 0,
    // `TEST_ORDER=random npm test` shows whether files depend on their order.
    sequence:
      process.env.TEST_ORDER === 'random' ? { shuffle: { files: true, tests: false } } : { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [browser, nat, faultsInBrowsers, release, bench, ...long],
          ...inProcess,
        },
      },
      { test: { name: 'call', include: [call], ...withBrowsers } },
      { test: { name: 'long', include: long, exclude: [faultsInBrowsers], ...inProcess } },
      { test: { name: 'release', include: [release], ...waits, maxWorkers: 2, sequence: { groupOrder: 0 } } },
      { test: { name: 'browser', include: [browser], exclude: [call], ...withBrowsers } },
      // The nat tests create networks, whose names contain the process id.
      { test: { name: 'nat', include: [nat], ...withBrowsers } },
      { test: { name: 'faults', include: [faultsInBrowsers], ...withBrowsers } },
    ],
  },
})
