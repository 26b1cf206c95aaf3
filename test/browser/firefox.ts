import puppeteer, { type Browser } from 'puppeteer-core'
import { type BrowserPlace, createCommand } from './browserPlace.ts'
import { openLoopbackTunnel } from './loopbackTunnel.ts'

/**
 * Starts Debian's Firefox ESR with a fake camera and microphone, driven by WebDriver BiDi. Playwright cannot drive it.
 * Its `testDomainAddress` holds for every name but localhost.
 */
export async function startFirefox({ authority, testDomainAddress, ...place }: BrowserPlace = {}): Promise<Browser> {
  const tunnel = place.host && (await openLoopbackTunnel(place.host))
  const browser = await puppeteer
    .launch({
      browser: 'firefox',
      ...createCommand('/usr/bin/firefox-esr', place),
      headless: true,
      ...(tunnel && { debuggingPort: tunnel.port }),
      ...(authority && { userDataDir: authority.firefoxProfile() }),
      extraPrefsFirefox: {
        'media.navigator.streams.fake': true,
        'media.navigator.permission.disabled': true,
        'media.autoplay.default': 0,
        // The test's own TURN server listens on loopback.
        'media.peerconnection.ice.loopback': false,
        ...(testDomainAddress && { 'network.dns.forceResolve': testDomainAddress }),
        'app.update.enabled': false,
        'network.captive-portal-service.enabled': false,
        'network.connectivity-service.enabled': false,
      },
    })
    .catch((error: unknown) => {
      tunnel?.close()
      throw error
    })
  browser.once('disconnected', () => tunnel?.close())
  return browser
}
