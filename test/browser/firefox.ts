import puppeteer, { type Browser } from 'puppeteer-core'

export interface FirefoxLaunchOptions {
  /** That of `Authority.firefoxProfile`, for one that trusts it; a new one otherwise. */
  profile?: string
  /** Besides what it would have. */
  env?: Record<string, string>
  /** The address of every name under `.test`, and of all others but localhost. */
  testDomainAddress?: string
  /** What starts it, and elsewhere perhaps: then by this port it is driven. */
  program?: string
  debuggingPort?: number
}

/** Debian's ESR, with a camera and a microphone of its own making. WebDriver BiDi drives it; Playwright cannot. */
export const startFirefox = ({
  profile,
  env,
  testDomainAddress,
  program = '/usr/bin/firefox-esr',
  debuggingPort,
}: FirefoxLaunchOptions = {}): Promise<Browser> =>
  puppeteer.launch({
    browser: 'firefox',
    executablePath: program,
    headless: true,
    env: { ...process.env, ...env },
    ...(debuggingPort && { debuggingPort }),
    ...(profile && { userDataDir: profile }),
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      // TURN on loopback is where the test's own server is.
      'media.peerconnection.ice.loopback': false,
      ...(testDomainAddress && { 'network.dns.forceResolve': testDomainAddress }),
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    },
  })
