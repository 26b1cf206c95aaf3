import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

/** Returns the seven names of the safety code, from the open panel. */
export async function readSafetyCode(user: BrowserUser): Promise<string[]> {
  const names = () =>
    user.tab.run(
      () => [...document.querySelectorAll(':popover-open ol .name')].map(({ textContent }) => textContent ?? ''),
      null,
    )
  await expect.poll(async () => (await names()).filter((name) => name !== '').length).toBe(7)
  return names()
}
