import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

/** Text that runs in a page before `barriers` is called. */
export const axeScript = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Rules that judge sizes and colours. */
export const visualRules = [
  'color-contrast',
  'link-in-text-block',
  'target-size',
  'scrollable-region-focusable',
  'meta-viewport',
]

/** Returns the barriers that axe finds, as rule and place. The styles are the page's own, so axe loads none. @param only these rules; null: all */
export async function findAccessibilityViolations(page: Page, only: string[] | null = null): Promise<string[]> {
  const options: RunOptions = {
    resultTypes: ['violations'],
    preload: false,
    ...(only && { runOnly: { type: 'rule', values: only } }),
  }
  // The page's `window` has no type here.
  const run = (given: RunOptions) =>
    (window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }).axe.run(given)
  const { violations } = await page.evaluate(run, options)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}
