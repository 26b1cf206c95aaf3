import { test } from 'vitest'
import { missingTools, type Tool } from './tools.ts'

/**
 * Returns `test` for tests that need tools: `const test = needs('chromium', 'firefox')`. Without one of the tools the
 * tests are skipped. The hooks of a file with only such tests are skipped too. reporter.ts prints the missing tools,
 * and fails the run under `CI=true`.
 */
export const needs = (...names: [Tool, ...Tool[]]): typeof test =>
  test.skipIf(missingTools(names).length > 0) as typeof test
