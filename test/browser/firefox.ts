import puppeteer, { type Browser } from 'puppeteer-core'

export interface FirefoxWorld {
  /** That of `Authority.firefoxProfile`, for one that trusts it; a new one otherwise. */
  profile?: string
  /** Besides what it would have. */
  env?: Record<string, string>
  /** The address of every name under `.test`, and of all others but localhost. */
  testAt?: string
}

/** Debian's ESR, with a camera and a microphone of its own making. WebDriver BiDi drives it; Playwright cannot. */
export const startFirefox = ({ profile, env, testAt }: FirefoxWorld = {}): Promise<Browser> =>
  puppeteer.launch({
    browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true, env: { ...process.env, ...env },
    ...(profile && { userDataDir: profile }),
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      // TURN on loopback is where the test's own server is.
      'media.peerconnection.ice.loopback': false,
      ...(testAt && { 'network.dns.forceResolve': testAt }),
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    },
  })
