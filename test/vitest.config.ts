import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const browser = 'test/browser/**/*.test.ts'
const nat = 'test/nat/**/*.test.ts'
const faults = 'test/faults/browser/**/*.test.ts'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/setup.ts',
    reporters: ['default', './test/reporter.ts'],
    // Nothing is tried again: a test that passes at the second try has found something.
    retry: 0,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [browser, nat, faults, 'test/bench/**'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'browser',
          include: [browser],
          // Two browsers that paint and encode keep both cores busy: one file at a time, after the rest.
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'nat',
          include: [nat],
          // Browsers again, in networks that the tests make.
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'faults',
          include: [faults],
          // These mostly wait.
          maxWorkers: 2,
          testTimeout: 90_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
