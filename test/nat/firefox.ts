import type { Browser } from 'puppeteer-core'
import { type FirefoxWorld, startFirefox } from '../browser/firefox.ts'
import type { Namespace } from './namespace.ts'
import { reachLoopback } from './tunnel.ts'

/** A Firefox on that host, driven from here through a tunnel of its own. By `program` it is started: `firefox.sh`. */
export async function startFirefoxOn(host: Namespace, world: Required<Pick<FirefoxWorld, 'program' | 'profile' | 'testAt'>>): Promise<Browser> {
  const { port, close } = await reachLoopback(host)
  const browser = await startFirefox({ ...world, debuggingPort: port, env: { NETNS: host.name } }).catch((error: unknown) => {
    close()
    throw error
  })
  browser.once('disconnected', close)
  return browser
}
