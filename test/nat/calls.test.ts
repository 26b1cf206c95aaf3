import { beforeAll, describe, expect } from 'vitest'
import { expectCall, type Guest } from '../browser/guest.ts'
import type { Pair } from '../browser/look.ts'
import { shared } from '../browser/party.ts'
import { needs } from '../needs.ts'
import { type Attempt, attempt } from './attempts.ts'
import { isDirect, type Kind, kinds, relayProtocols } from './kinds.ts'
import { Town } from './town.ts'

/** Everybody can call everybody, and no call goes through the relay that need not. */

const test = needs('root', 'iproute2', 'nftables', 'chromium', 'certutil', 'openssl')

const address = '198.18.0.2'
const town = new Town()
// The addresses of the lab are nobody's, so a relay does not send there unless told to.
beforeAll(() => town.serve('server', address, { DUET_TURN_PORT: '3478', DUET_TURN_ALLOW_PEERS: '198.18.0.0/15' }))

const pairs = kinds.flatMap((waiting) => kinds.map((coming): [Kind, Kind] => [waiting, coming]))

/** Looks of a call whose motion other tests prove. */
const frames = 3

/** Without a relay. */
const alone = '198.18.0.3'
beforeAll(() => town.serve('alone', alone, { DUET_TURN: 'off', DUET_TURN_PORT: '', DUET_TURN_URLS: `stun:${address}:3478` }))

const hopeless: [Kind, Kind][] = [['preserving', 'symmetric'], ['symmetric', 'symmetric']]
/** Both pairs ask for 20 s (`connectPatience`), and the tests in between go on meanwhile. */
const asking = shared(async () => {
  const seen = new Map<string, Promise<Attempt[]>>()
  for (const pair of hopeless) {
    const guests = await town.meetOnce(alone, ...pair)
    town.keep(...guests)
    const attempts = Promise.all(guests.map(async (guest) => {
      const seen = await guest.tab.run(attempt, null)
      // Otherwise it would go on asking.
      await guest.press('Hang up')
      return seen
    }))
    attempts.catch(() => undefined)
    seen.set(pair.join(), attempts)
  }
  return seen
})

describe('with STUN alone', () => {
  test.each<[Kind, Kind]>([['open', 'symmetric'], ['preserving', 'preserving']])('%s × %s is a call', async (waiting, coming) => {
    await asking()
    await expectCall(...(await town.meet(alone, waiting, coming)), frames)
  })
})

describe('with our own relay', () => {
  test.each(pairs.filter(([waiting, coming]) => isDirect(waiting, coming)))('%s × %s is a direct call', async (waiting, coming) => {
    const guests = await town.meet(address, waiting, coming)
    await expectCall(...guests, frames)
    // A call may begin through the relay, for that path is found as quickly.
    await expect.poll(async () => (await paths(guests)).flatMap(({ local, remote }) => [local.type, remote.type])).not.toContain('relay')
  })

  test.each(pairs.filter(([waiting, coming]) => !isDirect(waiting, coming)))('%s × %s is relayed', async (waiting, coming) => {
    const guests = await town.meet(address, waiting, coming)
    await expectCall(...guests, frames)
    const locals = (await paths(guests)).map(({ local }) => local)
    expect(locals.map(({ type }) => type)).toContain('relay')
    for (const [which, kind] of [waiting, coming].entries()) {
      const { type, relayProtocol } = locals[which]!
      if (!relayProtocols[kind].includes('udp')) expect(type).toBe('relay')
      if (type === 'relay') expect(relayProtocols[kind]).toContain(relayProtocol)
    }
  })
})

/** What the lab is worth: a relay is not merely what is chosen where the table says so, it is the only way. */
describe('with STUN alone', () => {
  test.each(hopeless)('%s × %s asks, and is never answered', async (waiting, coming) => {
    for (const { end, local, remote, asked, answered } of await (await asking()).get([waiting, coming].join())!) {
      expect(end).toMatch(/failed|closed/)
      expect([local, remote]).toEqual([['host', 'srflx'], ['host', 'srflx']])
      expect(asked).toBeGreaterThan(20)
      expect(answered).toBe(0)
    }
  })
})

async function paths(guests: readonly Guest[]): Promise<Pair[]> {
  const found = await Promise.all(guests.map((guest) => guest.pair()))
  expect(found).not.toContain(null)
  return found as Pair[]
}
