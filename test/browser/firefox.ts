import puppeteer, { type Browser } from 'puppeteer-core'

/** Options of one Firefox process. */
export interface FirefoxLaunchOptions {
  /** Profile from `CertificateAuthority.firefoxProfile`; by default a new one. */
  profile?: string
  /** Extra environment variables. */
  env?: Record<string, string>
  /** The address to which every name but localhost resolves, `.test` names included. */
  testDomainAddress?: string
  /** Command that starts Firefox, possibly on another host. The test then drives it through this port. */
  program?: string
  debuggingPort?: number
}

/** Debian's Firefox ESR with a fake camera and microphone, driven by WebDriver BiDi. Playwright cannot drive it. */
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
      // The test's own TURN server listens on loopback.
      'media.peerconnection.ice.loopback': false,
      ...(testDomainAddress && { 'network.dns.forceResolve': testDomainAddress }),
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    },
  })
