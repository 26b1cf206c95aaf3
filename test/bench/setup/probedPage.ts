import type { Page } from 'playwright-core'
import type { BrowserPool } from '../../browser/browserPool.ts'
import type { ChromiumOptions } from '../../browser/chromium.ts'
import { Probe } from './probe.ts'

/** The browser of this benchmark: Chromium with its own camera. Both servers use the same one. */
export const setupBrowser: ChromiumOptions = {
  isFullBrowser: true,
  camera: 'own',
  context: { permissions: ['camera', 'microphone'], viewport: { width: 800, height: 600 } },
}

/** Opens a page in a separate context, with media permissions and the probe. */
export async function openProbedPage(browsers: BrowserPool): Promise<Page> {
  const script = `globalThis.probe = new (${String(Probe)})()`
  return (await browsers.openChromium({ ...setupBrowser, script })).page
}
