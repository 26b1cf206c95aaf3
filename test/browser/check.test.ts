import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startTurn, type Turn } from '../../turn/index.ts'
import { needs } from '../needs.ts'
import { numbersOf } from '../server/figures.ts'
import { axe, barriers } from './axe.ts'
import { raiseFirewall } from './firewall.ts'
import type { Guest } from './guest.ts'
import { House } from './house.ts'
import { ownAddress } from './own.ts'
import { relayPorts } from './product.ts'

/** `/check`: what works is said to work, and what does not is named. */

/** Runs in the page: resolves when the check is over, with what each row came to. */
function conclusions(patience: number): Promise<{ verdict: string; rows: Record<string, string> }> {
  const read = () => ({
    verdict: document.querySelector<HTMLElement>('[data-verdict]')?.dataset.verdict ?? '',
    rows: Object.fromEntries([...document.querySelectorAll<HTMLElement>('[data-subject]')]
      .map(({ dataset: { subject = '', mark, finding } }) => [subject, `${mark}: ${finding}`])),
  })
  return new Promise((resolve) => {
    const look = (): void => {
      if (!document.querySelector('main[data-check=done] [data-subject=line]')) return
      observer.disconnect()
      resolve(read())
    }
    const observer = new MutationObserver(look)
    observer.observe(document, { subtree: true, childList: true, attributes: true })
    setTimeout(() => resolve(read()), patience)
    look()
  })
}

async function check(guest: Guest) {
  await guest.visit('/check')
  return guest.tab.run(conclusions, 30_000)
}

describe('with the server’s own STUN and TURN', () => {
  const house = new House()
  const urls = (host = ownAddress) => [`stun:${host}:`, `turn:${host}:`].map((start) => start + house.product.turnPort)

  const everythingWorks = (found: Awaited<ReturnType<typeof check>>): void => {
    const [stun, turn] = urls() as [string, string]
    expect(found).toEqual({
      verdict: 'everywhere',
      rows: {
        page: 'fine: secure', line: 'fine: line', addresses: 'fine: addresses', devices: expect.stringMatching(/fine: devices|limited: no-devices/) as string,
        [stun]: expect.stringMatching(/^fine: (mapped|same)$/) as string,
        [`${turn}?transport=udp`]: 'fine: relayed', [`${turn}?transport=tcp`]: 'fine: relayed',
        [`turn:${ownAddress}:${house.product.webPort}?transport=tcp`]: 'fine: relayed',
      },
    })
  }

  needs('chromium')('Chromium finds that everything works, once more when asked to, and says so in a report without credentials', async () => {
    const ann = await house.chromium({ context: { permissions: ['clipboard-read', 'clipboard-write'] } })
    everythingWorks(await check(ann))
    await ann.press('Run again')
    everythingWorks(await ann.tab.run(conclusions, 30_000))

    await ann.press('Copy report')
    await ann.reads('Copied')
    const report = await ann.tab.run(() => navigator.clipboard.readText(), null)
    expect(report).toContain(`[Works] ${urls()[1]}?transport=tcp: Relays`)
    expect(report).not.toMatch(/\d{10}:|credential|username/)
  })

  needs('firefox')('Firefox finds that everything works', async () => everythingWorks(await check(await house.firefox())))

  /** The lobby holds no allocation; `/check` makes two for each of three TURN URLs, and none of them meets a quota. */
  async function staysWithinQuota(guest: Guest): Promise<void> {
    const before = await numbersOf({ server: house.product })
    await guest.visit(`/r/${house.newRoom()}`)
    await guest.reads('Join')
    const inLobby = await numbersOf({ server: house.product })
    expect(inLobby.duet_turn_allocated_total).toBe(before.duet_turn_allocated_total)
    everythingWorks(await check(guest))
    const after = await numbersOf({ server: house.product })
    const grown = (name: string): number => after[name]! - before[name]!
    expect(['duet_turn_guest_allocated_total', 'duet_turn_allocated_total'].map(grown)).toEqual([6, 6])
    expect(grown('duet_turn_over_quota_total{quota="guest"}')).toBe(0)
  }

  needs('chromium')('Chromium needs no more allocations for the lobby and this page than a guest has', async () => staysWithinQuota(await house.chromium()))
  needs('firefox')('Firefox needs no more allocations for the lobby and this page than a guest has', async () => staysWithinQuota(await house.firefox()))

  needs('chromium')('the page has no faults that axe knows, light or dark, wide or narrow', async () => {
    for (const context of [{ viewport: { width: 1280, height: 800 } }, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' as const }]) {
      const ann = await house.chromium({ context, script: axe })
      await check(ann)
      expect(await barriers(ann.tab.page)).toEqual([])
      expect(await ann.tab.run(() => document.documentElement.scrollWidth <= innerWidth, null)).toBe(true)
    }
  })

  needs('chromium')('a keyboard reaches both buttons', async () => {
    const ann = await house.chromium()
    await check(ann)
    const reached: string[] = []
    for (let press = 0; press < 3; press++) {
      await ann.tab.page.keyboard.press('Tab')
      reached.push(await ann.tab.run(() => document.activeElement?.textContent?.trim() ?? '', null))
    }
    expect(reached).toEqual(expect.arrayContaining(['Run again', 'Copy report']))
  })

  needs('chromium', 'nftables', 'root')('without UDP it names what that takes away, and what is left', async () => {
    const firewall = raiseFirewall({ closed: [`udp ${house.product.turnPort}`] })
    try {
      const { verdict, rows } = await check(await house.chromium())
      const [stun, turn] = urls() as [string, string]
      expect(rows).toMatchObject({ [stun]: 'failed: silent', [`${turn}?transport=udp`]: 'failed: silent', [`${turn}?transport=tcp`]: 'fine: relayed' })
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
  const urls = [`stun:${closed}`, ...[open, closed].flatMap((at) => [`turn:${at}?transport=udp`, `turn:${at}?transport=tcp`])]
  const house = new House({ DUET_TURN: 'off', DUET_TURN_SECRET: 'of-the-signalling', DUET_TURN_URLS: urls.join(',') })
  let turn: Turn

  beforeAll(async () => { turn = await startTurn({ port, relayPorts, realm: 'other', secrets: ['of-the-relay'] }) })
  afterAll(() => turn.close())

  needs('chromium')('Chromium names what fails', async () => {
    await namesWhatFails(await house.chromium())
  })
  needs('firefox')('Firefox names what fails', async () => {
    await namesWhatFails(await house.firefox())
  })

  async function namesWhatFails(guest: Guest): Promise<void> {
    const { verdict, rows } = await check(guest)
    expect(verdict).toBe('nearby')
    expect(urls.map((url) => rows[url])).toEqual([
      'failed: silent', 'failed: unauthorized', 'failed: unauthorized', 'failed: silent', 'failed: unreachable',
    ])
    await guest.reads('Refuses the credentials (401)')
    await guest.reads('DUET_TURN_SECRET')
    await guest.reads(`No answer from UDP port ${port + 1}`)
    await guest.reads(`No connection to TCP port ${port + 1}`)
  }
})

describe('without STUN and TURN', () => {
  const house = new House({ DUET_TURN: 'off' })

  needs('chromium')('it says how far calls reach', async () => {
    const ann = await house.chromium()
    expect(await check(ann)).toMatchObject({ verdict: 'nearby', rows: { servers: 'limited: no-servers' } })
    await ann.reads('The server names no STUN or TURN server')
  })
})
