import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { makeCredentials } from '../../../turn/index.ts'
import { BrowserPool } from '../../browser/browserPool.ts'
import { createCertificateAuthority } from '../../browser/certificateAuthority.ts'
import type { ChromiumOptions } from '../../browser/chromium.ts'
import { startProduct } from '../../browser/product.ts'
import type { EmulatedLink } from '../../nat/emulatedLink.ts'
import { NetLab, type Side, sides } from '../../nat/netLab.ts'
import type { NetworkNamespace } from '../../nat/networkNamespace.ts'
import { startNode, waitForMessage } from '../harness/childProcess.ts'
import { benchScript, pathTo } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import { type Contestant } from './conditions.ts'
import { Probe } from './probe.ts'

const serverAddress = '198.18.0.2'
const hostName = 'duet.test'
/** Links on each way between two hosts: the one of each host. */
const linksPerPath = 2
const turnPorts = { off: 3478, prepared: 3479 } as const

/** Chromium with its own camera. All contestants use the same one. */
const browserOptions: ChromiumOptions = {
  isFullBrowser: true,
  camera: 'own',
  context: { permissions: ['camera', 'microphone'], viewport: { width: 800, height: 600 } },
}

/** The servers of the contestants on one host, and two hosts for the pages, each behind a NAT. */
export class SetupLab {
  /** The address of each contestant's pages. Contestants that this build cannot run have none. */
  readonly origins: Partial<Record<Contestant, string>> = {}
  readonly #links: EmulatedLink[] = []
  readonly #hosts = new Map<Side, NetworkNamespace>()
  readonly #browsers: BrowserPool

  private constructor(browsers: BrowserPool) {
    this.#browsers = browsers
  }

  /** Starts the lab, the servers and the pool of browsers. The scope closes them. */
  static async open(scope: Scope): Promise<SetupLab> {
    const [netLab, authority] = [new NetLab(), createCertificateAuthority()]
    scope.defer(() => authority.close())
    scope.defer(() => netLab.close())
    const browsers = new BrowserPool({ authority, testDomainAddress: serverAddress })
    const lab = new SetupLab(browsers)
    const server = await netLab.addEmulatedHost('server', serverAddress)
    lab.#links.push(server.link)
    await lab.#startServers(scope, server.host, authority.issue(hostName))
    for (const side of sides) {
      const { host, link } = await netLab.addEmulatedSite(side, 'preserving')
      lab.#hosts.set(side, host)
      lab.#links.push(link)
    }
    scope.defer(() => browsers.close())
    return lab
  }

  /** Sets the round trip time from each page to the server, and between the pages. */
  setRoundTrip(roundTripMs: number): void {
    for (const link of this.#links) link.setConditions({ delayMs: roundTripMs / 2 / linksPerPath })
  }

  /** Opens a blank page in a context of its own, with media permissions and the probe. */
  async openPage(side: Side): Promise<Page> {
    const script = `globalThis.probe = new (${String(Probe)})()`
    return (await this.#browsers.openChromium({ ...browserOptions, host: this.#hosts.get(side)!, script })).page
  }

  async #startServers(
    scope: Scope,
    host: NetworkNamespace,
    { cert, key }: { cert: string; key: string },
  ): Promise<void> {
    const secret = randomBytes(32).toString('base64url')
    const startDuet = async (turnPort: number, relayPorts: string, env: Record<string, string>): Promise<string> => {
      const product = await startProduct(
        {
          DUET_TLS_CERT: cert,
          DUET_TLS_KEY: key,
          DUET_STATE: 'off',
          DUET_TURN_PORT: String(turnPort),
          DUET_TURN_SECRET: secret,
          DUET_TURN_RELAY_PORTS: relayPorts,
          // The lab uses special-purpose addresses (RFC 2544), which the relay blocks by default.
          DUET_TURN_ALLOW_PEERS: '198.18.0.0/15',
          DUET_TURN_QUOTA_GUEST_SOURCE: '1000',
          ...env,
        },
        hostName,
        host.execPrefix,
      )
      scope.defer(() => product.stop())
      return product.url
    }
    const canPrepare = hasSetting('DUET_PREPARE')
    this.origins.off = await startDuet(turnPorts.off, '21000-21999', canPrepare ? { DUET_PREPARE: 'off' } : {})
    if (canPrepare) this.origins.prepared = await startDuet(turnPorts.prepared, '22000-22999', {})
    this.origins.classic = await startClassic(scope, host, { cert, key, secret })
  }
}

/** True if this build of the product has that setting. */
const hasSetting = (name: string): boolean =>
  spawnSync(process.execPath, [pathTo('dist/server/main.js'), '--help'], { encoding: 'utf8' }).stdout.includes(name)

/** Starts the classic relay with the STUN and TURN server of the product. Returns its origin. */
async function startClassic(
  scope: Scope,
  { execPrefix }: NetworkNamespace,
  { cert, key, secret }: { cert: string; key: string; secret: string },
): Promise<string> {
  const { username, credential } = makeCredentials(secret, 'classic', Math.floor(Date.now() / 1000) + 3_600)
  const turnServer = `${hostName}:${turnPorts.off}`
  const iceServers = [
    { urls: [`stun:${turnServer}`] },
    { urls: ['udp', 'tcp'].map((transport) => `turn:${turnServer}?transport=${transport}`), username, credential },
  ]
  const args = [benchScript('classic'), JSON.stringify({ iceServers, cert, key })]
  const child = startNode(scope, { args, commandPrefix: execPrefix })
  const port = await waitForMessage(child, (raw) => (raw as { port?: number }).port)
  return `https://${hostName}:${port}`
}
