import { describe, expect } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { startFirewall } from '../../browser/firewall.ts'
import { expectCall } from '../../browser/expectCall.ts'
import { needs } from '../../needs.ts'
import { FaultFixture } from '../faultFixture.ts'
import { observeBothUnfiltered } from '../pageObserver.ts'

/** TURN credentials expire. */

const test = needs('chromium', 'nftables', 'root')
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a relayed call', () => {
  const fixture = new FaultFixture({ DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '21000-21999' })
  /** Lifetime of the credentials in seconds: enough to establish the call. */
  const short = 12

  const turnPort = (): number =>
    fixture.serverFixture.logLines
      .map((line) => JSON.parse(line) as { msg?: string; port: number })
      .find(({ msg }) => msg === 'TURN server listening')!.port
  const refusals = async (): Promise<number> => {
    const figures = await (await fetch(`${fixture.serverFixture.server.adminUrl}/metrics`)).text()
    return Number(/duet_turn_error_responses_total\{code="401"\} (\d+)/.exec(figures)?.[1])
  }

  test('a restart after expiry fetches fresh credentials, and expired ones are not retried repeatedly', async () => {
    const ahead = timeouts.turnCredentialLifetimeMs - short * 1_000
    // The relay uses the real time of this machine, so the credentials soon expire there.
    fixture.clock.leap(-ahead)
    const both = [await fixture.chromium(), await fixture.chromium()] as const
    for (const each of both) await each.join('credentials', '?relay=1')
    // Both pages have credentials now, and the call uses them.
    for (const each of both) await each.waitForStates({ call: 'connected' })
    await Promise.all([pause(short * 1_000), expectCall(...both)])
    fixture.clock.leap(ahead)

    const before = await refusals()
    const firewall = startFirewall({ blocked: [`udp ${turnPort()}`, `tcp ${turnPort()}`] })
    const seen = await observeBothUnfiltered(both, async () => {
      await pause(4_000).finally(() => firewall.remove())
      await Promise.all([pause(4_000), expectCall(...both)])
    })
    for (const { iceRestarts, newConnections } of seen)
      expect({ restarts: Math.min(iceRestarts, 1), connections: newConnections }).toEqual({
        restarts: 1,
        connections: 0,
      })
    // Every allocation starts with one 401 (RFC 8489 §9.2.3). A restart makes a few allocations per side.
    const after = await refusals()
    expect(after - before).toBeLessThan(40)
    await pause(3_000)
    expect(await refusals()).toBe(after)
  })
})
