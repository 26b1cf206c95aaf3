import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

/** Source of axe. It runs in a page before `findAccessibilityViolations` is called. */
export const axeScript = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Rules about sizes and colours. */
export const visualRules = [
  'color-contrast',
  'link-in-text-block',
  'target-size',
  'scrollable-region-focusable',
  'meta-viewport',
]

/**
 * Returns the violations that axe finds, each as rule, element and reason. axe preloads no styles: the page serves its
 * own.
 * @param only run these rules; null: all rules
 */
export async function findAccessibilityViolations(page: Page, only: string[] | null = null): Promise<string[]> {
  const options: RunOptions = {
    resultTypes: ['violations'],
    preload: false,
    ...(only && { runOnly: { type: 'rule', values: only } }),
  }
  // TypeScript does not know `axe` as a property of `window`.
  const run = (given: RunOptions) =>
    (window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }).axe.run(given)
  const { violations } = await page.evaluate(run, options)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}
