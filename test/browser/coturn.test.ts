import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { startCoturn } from '../turn/contract/coturnServer.ts'
import { expectCall } from './expectCall.ts'
import { BrowserFixture } from './browserFixture.ts'
import { ownAddress } from './ownAddress.ts'
import { expectRelayed } from './expectRelayed.ts'

/** Debian's coturn, started with the output of `npm run turn -- coturn`, replaces Duet's TURN server. */

const test = needs('chromium', 'coturn')

/** Below the ephemeral port range of the system. */
const port = 20_478
const relayPorts = [20_500, 20_599] as const
const env = {
  DUET_TURN_SECRET: 'shared with coturn',
  DUET_TURN_PORT: `${port}`,
  DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
  DUET_TURN_REALM: 'test',
}
const program = new URL('../../dist/server/turn.js', import.meta.url).pathname

describe('with coturn as TURN server', () => {
  const fixture = new BrowserFixture({
    DUET_TURN_SECRET: env.DUET_TURN_SECRET,
    DUET_TURN_URLS: `turn:${ownAddress}:${port}?transport=udp,turn:${ownAddress}:${port}?transport=tcp`,
  })
  let stop: () => Promise<void>
  beforeAll(async () => {
    stop = await startCoturn(configure, ownAddress, port)
  })
  afterAll(() => stop())

  test('coturn relays a call with credentials that Duet issued', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    await ann.join(room, '?relay=1')
    await ben.join(room, '?relay=1')

    await expectCall(ann, ben)
    await expectRelayed(null, [ann, ben], relayPorts)
    expect(fixture.product.turnPort).toBe(0)
  })
})

/** Returns the configuration that `npm run turn -- coturn` prints. */
const configure = (logFile: string): string =>
  execFileSync(process.execPath, [program, 'coturn'], { env: { HOST: ownAddress, ...env }, encoding: 'utf8' }).replace(
    /^log-file=.*$/m,
    `log-file=${logFile}`,
  )
