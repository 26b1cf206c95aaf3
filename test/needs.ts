import { test } from 'vitest'
import { missingTools, type Tool } from './tools.ts'

/**
 * `test`, for those that need a tool: `const test = needs('chromium', 'firefox')`. Where one is missing they are skipped,
 * hooks of a file with no other tests included; reporter.ts says what was missing, and fails the run under `CI=true`.
 */
export const needs = (...names: [Tool, ...Tool[]]): typeof test =>
  test.skipIf(missingTools(names).length > 0) as typeof test
