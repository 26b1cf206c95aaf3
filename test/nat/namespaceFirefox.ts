import type { Browser } from 'puppeteer-core'
import { type FirefoxLaunchOptions, startFirefox } from '../browser/firefox.ts'
import type { NetworkNamespace } from './networkNamespace.ts'
import { openLoopbackTunnel } from './loopbackTunnel.ts'

/** Starts a Firefox on that host with the script `program` (`firefox.sh`). A loopback tunnel carries its driver. */
export async function startFirefoxIn(
  host: NetworkNamespace,
  world: Required<Pick<FirefoxLaunchOptions, 'program' | 'profile' | 'testDomainAddress'>>,
): Promise<Browser> {
  const { port, close } = await openLoopbackTunnel(host)
  const browser = await startFirefox({ ...world, debuggingPort: port, env: { NETNS: host.name } }).catch(
    (error: unknown) => {
      close()
      throw error
    },
  )
  browser.once('disconnected', close)
  return browser
}
