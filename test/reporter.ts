import { appendFileSync } from 'node:fs'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'
import { createAdvice } from './setup.ts'
import { missingTools } from './tools.ts'

/** Prints `N passed, N failed, N skipped` as the last line of a run, for people and programs. */
export default class SummaryReporter implements Reporter {
  /** Prints the missing tools, and on exit the failures and the summary. */
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const { passed, failed, skipped } = countResults(modules, errors)
    const missing = missingTools()
    if (skipped > 0 && missing.length > 0) console.log(createAdvice(missing))
    if (skipped > 0 && process.env.CI === 'true') {
      console.log(`With CI=true every test must run, and ${skipped} did not: this run has failed.`)
      process.exitCode = 1
    }
    // For the summary of several runs (.ci/run).
    if (process.env.TEST_COUNTS) appendFileSync(process.env.TEST_COUNTS, `${passed} ${failed} ${skipped}\n`)
    const failures = formatFailures(modules, errors)
    // On exit, after the output of all other reporters.
    process.once('exit', () =>
      console.log([...failures, `${passed} passed, ${failed} failed, ${skipped} skipped`].join('\n')),
    )
  }
}

/**
 * Counts the results. Errors of files and suites outside their tests count as failures, and errors outside of any file
 * too.
 */
export function countResults(
  modules: readonly TestModule[],
  errors: readonly unknown[],
): Record<'passed' | 'failed' | 'skipped', number> {
  const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
  const broken = modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .filter((part) => part.errors().length > 0)
  const has = (state: string): number => states.filter((each) => each === state).length
  return {
    passed: has('passed'),
    failed: has('failed') + broken.length + errors.length,
    skipped: has('skipped') + has('pending'),
  }
}

const maxLineLength = 300

/** Returns one short line for each failure. People and CI see the end of a long output first. */
export function formatFailures(
  modules: readonly TestModule[],
  errors: readonly { readonly message?: string }[],
): string[] {
  const line = (where: string, name: string, [error]: readonly { readonly message?: string }[]): string =>
    `FAILED ${[where, name, error?.message?.split('\n')[0]].filter(Boolean).join(' > ')}`.slice(0, maxLineLength)
  return [
    ...modules.flatMap((module) => [
      ...[module, ...module.children.allSuites()].flatMap((part) =>
        part.errors().length > 0 ? [line(module.relativeModuleId, '', part.errors())] : [],
      ),
      ...[...module.children.allTests('failed')].map((test) =>
        line(module.relativeModuleId, test.fullName, test.result().errors ?? []),
      ),
    ]),
    ...errors.map((error) => line('outside of every test', '', [error])),
  ]
}
