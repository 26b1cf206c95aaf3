import { describe, expect } from 'vitest'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { raiseFirewall } from '../../browser/firewall.ts'
import { expectCall } from '../../browser/guest.ts'
import { needs } from '../../needs.ts'
import { Rig } from '../rig.ts'
import { bothWatched } from '../witness.ts'

/** What lets one use the relay ends. */

const test = needs('chromium', 'nftables', 'root')
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('through the relay', () => {
  const rig = new Rig({ DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '21000-21999' })
  /** Seconds for which credentials are good: for as long as the call needs to begin. */
  const short = 12

  const turnPort = (): number => rig.world.log.map((line) => JSON.parse(line) as { msg?: string; port: number }).find(({ msg }) => msg === 'turn listens')!.port
  const refusals = async (): Promise<number> => {
    const figures = await (await fetch(`${rig.world.server.adminUrl}/metrics`)).text()
    return Number(/duet_turn_refused_total\{code="401"\} (\d+)/.exec(figures)?.[1])
  }

  test('a restart brings fresh credentials where the old ones have ended, and nobody asks with those again and again', async () => {
    const ahead = timers.credentials - short * 1_000
    // To the relay, which has this machine's time, they end soon.
    rig.clock.leap(-ahead)
    const both = [await rig.chromium(), await rig.chromium()] as const
    for (const each of both) await each.join('credentials', '?relay=1')
    // Both have credentials now, and the call uses them.
    for (const each of both) await each.becomes({ call: 'connected' })
    await Promise.all([pause(short * 1_000), expectCall(...both)])
    rig.clock.leap(ahead)

    const before = await refusals()
    const firewall = raiseFirewall({ closed: [`udp ${turnPort()}`, `tcp ${turnPort()}`] })
    const seen = await bothWatched(both, async () => {
      await pause(4_000).finally(() => firewall.remove())
      await Promise.all([pause(4_000), expectCall(...both)])
    })
    for (const { restarts, connections } of seen) expect({ restarts: Math.min(restarts, 1), connections }).toEqual({ restarts: 1, connections: 0 })
    // Every allocation begins with one (RFC 8489 §9.2.3); there are a few for each restart on either side.
    const after = await refusals()
    expect(after - before).toBeLessThan(40)
    await pause(3_000)
    expect(await refusals()).toBe(after)
  })
})
