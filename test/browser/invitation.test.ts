import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import type { ChromiumUser } from './screens.ts'
import { BrowserFixture } from './browserFixture.ts'

const test = needs('chromium')

/** The pages are at localhost, which no other device can open. */
describe('the card of a page that waits', () => {
  const fixture = new BrowserFixture()

  /** Ann waits in a room of a server that other devices reach at these origins. */
  async function waitAlone(origins: readonly string[]): Promise<ChromiumUser> {
    const ann = await fixture.chromium()
    const list = `${fixture.product.url}/origins`
    await ann.tab.page.route('**/addresses', (route) => route.fulfill({ json: { url: list } }))
    await ann.tab.page.route('**/origins', (route) => route.fulfill({ json: origins }))
    await ann.join(fixture.newRoom())
    await ann.waitForStates({ room: 'created' })
    return ann
  }

  test('says that nobody else can use the link, and offers no code, without an https address', async () => {
    const ann = await waitAlone(['http://192.0.2.7:8080'])
    await ann.waitForText('Nobody else can use this link')
    const text = await ann.visibleText()
    expect(text).not.toContain('Show QR code')
    expect(text).not.toContain('192.0.2.7')
    expect(await ann.listButtons()).not.toContain('Copy link')
  })

  test('keeps its heading in view when the code is open, on a desktop and on a phone on its side', async () => {
    const ann = await waitAlone(['http://192.0.2.7:8080', 'https://192.0.2.7:8443'])
    const { page } = ann.tab
    await page.setViewportSize({ width: 1280, height: 800 })
    await ann.waitForText('https://192.0.2.7:8443/r/')
    await page.getByText('Show QR code').click()
    const code = page.getByRole('img', { name: 'QR code of https://192.0.2.7:8443' })
    await code.waitFor()
    for (const size of [
      { width: 1280, height: 800 },
      { width: 844, height: 390 },
    ]) {
      await page.setViewportSize(size)
      const card = (await page.locator('.panel').boundingBox())!
      for (const part of [page.getByRole('heading', { level: 1 }), code]) {
        const box = (await part.boundingBox())!
        expect(box.y).toBeGreaterThanOrEqual(card.y)
        expect(box.y + box.height).toBeLessThanOrEqual(card.y + card.height)
      }
    }
  })
})
