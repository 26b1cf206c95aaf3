import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startTurn, type TurnServer } from '../../turn/index.ts'
import { needs } from '../needs.ts'
import { readMetrics } from '../server/metricsReader.ts'
import { axeScript, findAccessibilityViolations } from './axe.ts'
import { startFirewall } from './firewall.ts'
import type { BrowserUser } from './browserUser.ts'
import { BrowserFixture } from './browserFixture.ts'
import { ownAddress } from './ownAddress.ts'
import { relayPorts } from './product.ts'

/** `/check`: reports the transports that work, and names those that fail. */

/** Runs in the page: resolves with the verdict and all rows when the check is done, or after `timeoutMs`. */
function readResults(timeoutMs: number): Promise<{ verdict: string; rows: Record<string, string> }> {
  const read = () => ({
    verdict: document.querySelector<HTMLElement>('[data-verdict]')?.dataset.verdict ?? '',
    rows: Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>('[data-subject]')].map(
        ({ dataset: { subject = '', severity, finding } }) => [subject, `${severity}: ${finding}`],
      ),
    ),
  })
  return new Promise((resolve) => {
    const checkDone = (): void => {
      if (!document.querySelector('main[data-check=done] [data-subject=signaling]')) return
      observer.disconnect()
      resolve(read())
    }
    const observer = new MutationObserver(checkDone)
    observer.observe(document, { subtree: true, childList: true, attributes: true })
    setTimeout(() => resolve(read()), timeoutMs)
    checkDone()
  })
}

async function runCheck(user: BrowserUser) {
  await user.openPath('/check')
  return user.tab.run(readResults, 30_000)
}

describe('check with the server’s own STUN and TURN', () => {
  const fixture = new BrowserFixture()
  const urls = (host = ownAddress) =>
    [`stun:${host}:`, `turn:${host}:`].map((start) => start + fixture.product.turnPort)

  const expectEverythingWorks = (found: Awaited<ReturnType<typeof runCheck>>): void => {
    const [stun, turn] = urls() as [string, string]
    expect(found).toEqual({
      verdict: 'everywhere',
      rows: {
        page: 'fine: secure',
        signaling: 'fine: signaling',
        addresses: 'fine: addresses',
        devices: expect.stringMatching(/fine: devices|limited: no-devices/) as string,
        [stun]: expect.stringMatching(/^fine: (mapped|same)$/) as string,
        [`${turn}?transport=udp`]: 'fine: relayed',
        [`${turn}?transport=tcp`]: 'fine: relayed',
        [`turn:${ownAddress}:${fixture.product.port}?transport=tcp`]: 'fine: relayed',
      },
    })
  }

  needs('chromium')(
    'Chromium reports that everything works, twice, and copies a report without credentials',
    async () => {
      const ann = await fixture.chromium({ context: { permissions: ['clipboard-read', 'clipboard-write'] } })
      expectEverythingWorks(await runCheck(ann))
      await ann.press('Run again')
      expectEverythingWorks(await ann.tab.run(readResults, 30_000))

      await ann.press('Copy report')
      await ann.waitForText('Copied')
      const report = await ann.tab.run(() => navigator.clipboard.readText(), null)
      expect(report).toContain(`[Works] ${urls()[1]}?transport=tcp: Relays`)
      expect(report).not.toMatch(/\d{10}:|credential|username/)
    },
  )

  needs('firefox')('Firefox reports that everything works', async () =>
    expectEverythingWorks(await runCheck(await fixture.firefox())),
  )

  /** The lobby holds no allocation. `/check` makes two per TURN URL, for three URLs, and stays within the quotas. */
  async function expectWithinQuota(user: BrowserUser): Promise<void> {
    const before = await readMetrics({ server: fixture.product })
    await user.openPath(`/r/${fixture.newRoom()}`)
    await user.waitForText('Join')
    const inLobby = await readMetrics({ server: fixture.product })
    expect(inLobby.duet_turn_allocated_total).toBe(before.duet_turn_allocated_total)
    expectEverythingWorks(await runCheck(user))
    const after = await readMetrics({ server: fixture.product })
    const grown = (name: string): number => after[name]! - before[name]!
    expect(['duet_turn_guest_allocated_total', 'duet_turn_allocated_total'].map(grown)).toEqual([6, 6])
    expect(grown('duet_turn_over_quota_total{quota="user"}')).toBe(0)
  }

  needs('chromium')(
    'in Chromium the lobby and `/check` together stay within the allocation quota of a guest',
    async () => expectWithinQuota(await fixture.chromium()),
  )
  needs('firefox')('in Firefox the lobby and `/check` together stay within the allocation quota of a guest', async () =>
    expectWithinQuota(await fixture.firefox()),
  )

  needs('chromium')('`/check` has no axe violations, light or dark, wide or narrow', async () => {
    for (const context of [
      { viewport: { width: 1280, height: 800 } },
      { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const },
    ]) {
      const ann = await fixture.chromium({ context, script: axeScript })
      await runCheck(ann)
      expect(await findAccessibilityViolations(ann.tab.page)).toEqual([])
      expect(await ann.tab.run(() => document.documentElement.scrollWidth <= innerWidth, null)).toBe(true)
    }
  })

  needs('chromium')('Tab reaches both buttons of `/check`', async () => {
    const ann = await fixture.chromium()
    await runCheck(ann)
    const reached: string[] = []
    for (let press = 0; press < 3; press++) {
      await ann.tab.page.keyboard.press('Tab')
      reached.push(await ann.tab.run(() => document.activeElement?.textContent?.trim() ?? '', null))
    }
    expect(reached).toEqual(expect.arrayContaining(['Run again', 'Copy report']))
  })

  needs(
    'chromium',
    'nftables',
    'root',
  )('without UDP the check names the failed transports and those that still work', async () => {
    const firewall = startFirewall({ blocked: [`udp ${fixture.product.turnPort}`] })
    try {
      const { verdict, rows } = await runCheck(await fixture.chromium())
      const [stun, turn] = urls() as [string, string]
      expect(rows).toMatchObject({
        [stun]: 'failed: silent',
        [`${turn}?transport=udp`]: 'failed: silent',
        [`${turn}?transport=tcp`]: 'fine: relayed',
      })
      expect(verdict).toBe('relay-over-tcp')
    } finally {
      firewall.remove()
    }
  })
})

describe('check with a TURN server that uses another secret, and with closed ports', () => {
  // Below the ephemeral port range of the system, and next to the relay ports.
  const port = relayPorts[0] - 2 - 2 * (process.pid % 400)
  const [open, closed] = [`${ownAddress}:${port}`, `${ownAddress}:${port + 1}`]
  const urls = [
    `stun:${closed}`,
    ...[open, closed].flatMap((at) => [`turn:${at}?transport=udp`, `turn:${at}?transport=tcp`]),
  ]
  const fixture = new BrowserFixture({
    DUET_TURN: 'off',
    DUET_TURN_SECRET: 'of-the-signalling',
    DUET_TURN_URLS: urls.join(','),
  })
  let turn: TurnServer

  beforeAll(async () => {
    turn = await startTurn({ port, relayPorts, realm: 'other', secrets: ['of-the-relay'] })
  })
  afterAll(() => turn.close())

  needs('chromium')('Chromium names each failure', async () => {
    await expectFailuresNamed(await fixture.chromium())
  })
  needs('firefox')('Firefox names each failure', async () => {
    await expectFailuresNamed(await fixture.firefox())
  })

  async function expectFailuresNamed(user: BrowserUser): Promise<void> {
    const { verdict, rows } = await runCheck(user)
    expect(verdict).toBe('nearby')
    expect(urls.map((url) => rows[url])).toEqual([
      'failed: silent',
      'failed: unauthorized',
      'failed: unauthorized',
      'failed: silent',
      'failed: unreachable',
    ])
    await user.waitForText('Credentials rejected (401)')
    await user.waitForText('DUET_TURN_SECRET')
    await user.waitForText(`No response from UDP port ${port + 1}`)
    await user.waitForText(`Couldn’t connect to TCP port ${port + 1}`)
  }
})

describe('check without STUN and TURN', () => {
  const fixture = new BrowserFixture({ DUET_TURN: 'off' })

  needs('chromium')('the page says how far calls reach', async () => {
    const ann = await fixture.chromium()
    expect(await runCheck(ann)).toMatchObject({ verdict: 'nearby', rows: { servers: 'limited: no-servers' } })
    await ann.waitForText('No STUN or TURN server is configured')
  })
})
