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

/** `/check`: what works is said to work, and what does not is named. */

/** Runs in the page: resolves when the runCheck is over, with what each row came to. */
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

describe('with the server’s own STUN and TURN', () => {
  const fixture = new BrowserFixture()
  const urls = (host = ownAddress) =>
    [`stun:${host}:`, `turn:${host}:`].map((start) => start + fixture.product.turnPort)

  const expectEverythingWorks = (found: Awaited<ReturnType<typeof runCheck>>): void => {
    const [stun, turn] = urls() as [string, string]
    expect(found).toEqual({
      verdict: 'everywhere',
      rows: {
        page: 'fine: secure',
        line: 'fine: line',
        addresses: 'fine: addresses',
        devices: expect.stringMatching(/fine: devices|limited: no-devices/) as string,
        [stun]: expect.stringMatching(/^fine: (mapped|same)$/) as string,
        [`${turn}?transport=udp`]: 'fine: relayed',
        [`${turn}?transport=tcp`]: 'fine: relayed',
        [`turn:${ownAddress}:${fixture.product.webPort}?transport=tcp`]: 'fine: relayed',
      },
    })
  }

  needs('chromium')(
    'Chromium finds that everything works, once more when asked to, and says so in a report without credentials',
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

  needs('firefox')('Firefox finds that everything works', async () =>
    expectEverythingWorks(await runCheck(await fixture.firefox())),
  )

  /** The lobby holds no allocation; `/check` makes two for each of three TURN URLs, and none of them meets a quota. */
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

  needs('chromium')('Chromium needs no more allocations for the lobby and this page than a guest has', async () =>
    expectWithinQuota(await fixture.chromium()),
  )
  needs('firefox')('Firefox needs no more allocations for the lobby and this page than a guest has', async () =>
    expectWithinQuota(await fixture.firefox()),
  )

  needs('chromium')('the page has no faults that axe knows, light or dark, wide or narrow', async () => {
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

  needs('chromium')('a keyboard reaches both buttons', async () => {
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
  )('without UDP it names what that takes away, and what is left', async () => {
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

describe('with a TURN server that has another secret, and ports where none is', () => {
  // Below the ports that the system hands out by itself, and beside those of the relays.
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

  needs('chromium')('Chromium names what fails', async () => {
    await expectFailuresNamed(await fixture.chromium())
  })
  needs('firefox')('Firefox names what fails', async () => {
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
    await user.waitForText('Refuses the credentials (401)')
    await user.waitForText('DUET_TURN_SECRET')
    await user.waitForText(`No answer from UDP port ${port + 1}`)
    await user.waitForText(`No connection to TCP port ${port + 1}`)
  }
})

describe('without STUN and TURN', () => {
  const fixture = new BrowserFixture({ DUET_TURN: 'off' })

  needs('chromium')('it says how far calls reach', async () => {
    const ann = await fixture.chromium()
    expect(await runCheck(ann)).toMatchObject({ verdict: 'nearby', rows: { servers: 'limited: no-servers' } })
    await ann.waitForText('The server names no STUN or TURN server')
  })
})
