import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { BrowserFixture } from './browserFixture.ts'
import type { BrowserUser } from './browserUser.ts'
import { expectCall } from './expectCall.ts'
import type { FrameRule } from './frameProxy.ts'
import { interposePrepared } from './mitmSignaling.ts'
import { expectPrepared, readPrepared } from './preparedView.ts'
import { readSafetyCode } from './safetyCode.ts'

/** The connection that a visitor in the lobby and the waiting holder prepare. */

const test = needs('chromium', 'firefox')
const few = 3

/** Runs in the page. Resolves with the type of the local candidate when the first video packet has arrived. */
async function firstMediaOver(): Promise<string> {
  for (;;) {
    for (const pc of window.recordedConnections.filter(({ signalingState }) => signalingState !== 'closed')) {
      const report = (await pc.getStats()) as unknown as Map<string, Record<string, unknown>>
      const all = [...report.values()]
      if (!all.some(({ type, packetsReceived }) => type === 'inbound-rtp' && Number(packetsReceived) > 0)) continue
      const transport = all.find(({ type }) => type === 'transport')
      const pair = all.find(
        ({ id, type, selected }) =>
          type === 'candidate-pair' && (id === transport?.selectedCandidatePairId || selected),
      )
      return String(report.get(String(pair?.localCandidateId))?.candidateType)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const places = [
  ['Chromium', 'Chromium'],
  ['Chromium', 'Firefox'],
  ['Firefox', 'Chromium'],
] as const

describe.each(places)('with a holder in %s and a visitor in %s', (holder, visitor) => {
  const fixture = new BrowserFixture({ DUET_PREPARE: 'on' })
  const open = (name: string): Promise<BrowserUser> => (name === 'Chromium' ? fixture.chromium() : fixture.firefox())

  test('a prepared connection becomes the call over the relay, and then finds the direct pair', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await open(holder), await open(visitor)]
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.openLobby(room)
    await expectPrepared([ann, ben])
    const firstPairs = Promise.all([ann, ben].map(({ tab }) => tab.run(firstMediaOver, null)))
    await ben.press('Join')
    await expectCall(ann, ben, few)
    expect(await firstPairs).toEqual(['relay', 'relay'])
    for (const user of [ann, ben])
      await expect.poll(async () => (await user.readCandidatePair())?.local.type).toMatch(/host|prflx|srflx/)
    await expectCall(ann, ben, few)
    await Promise.all([ann, ben].map((user) => user.press('Safety code: Verify')))
    expect(await readSafetyCode(ann)).toEqual(await readSafetyCode(ben))
  })
})

describe('in Chromium', () => {
  const fixture = new BrowserFixture({ DUET_PREPARE: 'on' })

  /** Ann waits, and Ben is in the lobby with a prepared connection. */
  async function prepare(ann: BrowserUser, ben: BrowserUser, room: string): Promise<void> {
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.openLobby(room)
    await expectPrepared([ann, ben])
  }
  const expectNonePrepared = async (...users: BrowserUser[]): Promise<void> => {
    for (const { tab } of users) await expect.poll(() => tab.run(readPrepared, null)).toEqual([])
  }

  test('in a room that asks first, an admission sends media over the prepared connection', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    await ann.openLobby(room)
    await ann.waitForText('Ask me before anyone joins')
    await ann.tab.run(() => document.querySelector<HTMLInputElement>('input[type=checkbox]')?.click(), null)
    await ann.press('Join')
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.openLobby(room)
    await expectPrepared([ann, ben])
    await ben.press('Ask to join')
    await ann.waitForText('wants to join')
    await expectPrepared([ann, ben])
    const firstPairs = Promise.all([ann, ben].map(({ tab }) => tab.run(firstMediaOver, null)))
    await ann.press('Admit')
    await expectCall(ann, ben, few)
    expect(await firstPairs).toEqual(['relay', 'relay'])
  })

  test('before the join no message has a host or server-reflexive candidate', async () => {
    const room = fixture.newRoom()
    const [ann, benThrough] = [await fixture.openThroughFrameProxy(), await fixture.openThroughFrameProxy()]
    const { user: ben } = benThrough
    const seen: string[] = []
    const record: FrameRule = (frame, pass) => {
      seen.push(frame)
      pass(frame)
    }
    for (const rule of ['up', 'down'] as const) benThrough.frameProxy[rule] = record
    ann.frameProxy.up = (frame, pass) => {
      if (frame.includes('room.prepare')) seen.push(frame)
      pass(frame)
    }
    await prepare(ann.user, ben, room)
    expect(seen.filter((frame) => frame.includes('typ relay')).length).toBeGreaterThanOrEqual(2)
    expect(seen.filter((frame) => / typ (host|srflx|prflx)/.test(frame))).toEqual([])
    expect(seen.filter((frame) => / raddr (?!0\.0\.0\.0|::)/.test(frame))).toEqual([])
    await ben.press('Join')
    await expectCall(ann.user, ben, few)
  })

  test('an answer that the holder cannot apply leads to a call in the usual way', async () => {
    const room = fixture.newRoom()
    const [ann, { user: ben, frameProxy }] = [await fixture.chromium(), await fixture.openThroughFrameProxy()]
    let spoilt = 0
    frameProxy.up = (frame, pass) => {
      if (!frame.includes('"answer"') || !frame.includes('room.prepare')) return pass(frame)
      spoilt += 1
      pass(frame.replaceAll(/a=fingerprint:[^\\]*/g, 'a=fingerprint:sha-256 garbage'))
    }
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.openLobby(room)
    await expect.poll(() => spoilt).toBeGreaterThan(0)
    await expectNonePrepared(ann)
    await ben.press('Join')
    await expectCall(ann, ben, few)
  })

  /** A malicious node replaced the descriptions, and a third browser forwards everything. */
  async function joinThroughMitm(mode: 'forward' | 'impersonate'): Promise<[BrowserUser, BrowserUser]> {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.openThroughFrameProxy(), await fixture.openThroughFrameProxy()]
    const third = await fixture.chromium()
    await interposePrepared(ann, ben, third, { mode, room })
    await prepare(ann.user, ben.user, room)
    await ben.user.press('Join')
    const both: [BrowserUser, BrowserUser] = [ann.user, ben.user]
    for (const user of both) await user.waitForStates({ call: 'connected' })
    const states = () =>
      third.tab.run(() => window.recordedConnections.map(({ connectionState }) => connectionState), null)
    expect(await states()).toEqual(['connected', 'connected'])
    return both
  }

  test('a man in the middle of a prepared connection that forwards the code exchange is detected by both pages', async () => {
    for (const user of await joinThroughMitm('forward')) await user.waitForText('Someone may be intercepting this call')
  })

  test('a man in the middle of a prepared connection that runs an exchange with each page gives them different codes', async () => {
    const both = await joinThroughMitm('impersonate')
    await Promise.all(both.map((user) => user.press('Safety code: Verify')))
    expect(await readSafetyCode(both[0])).not.toEqual(await readSafetyCode(both[1]))
  })

  test('a reload of either side makes another connection, and a join then uses it', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    await prepare(ann, ben, room)
    await ann.openPath(`/r/${room}`)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await expectPrepared([ann, ben])
    await ben.openLobby(room)
    await expectPrepared([ann, ben])
    const firstPairs = Promise.all([ann, ben].map(({ tab }) => tab.run(firstMediaOver, null)))
    await ben.press('Join')
    await expectCall(ann, ben, few)
    expect(await firstPairs).toEqual(['relay', 'relay'])
  })

  test('the connection ends when the holder locks the room, opens again with it, and ends when the holder leaves', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    await prepare(ann, ben, room)
    const select = (policy: string): Promise<void> =>
      ann.tab.run((wanted) => {
        const field = document.querySelector('select')!
        field.value = wanted
        field.dispatchEvent(new Event('change', { bubbles: true }))
      }, policy)
    await select('locked')
    await expectNonePrepared(ann, ben)
    await select('open')
    await expectPrepared([ann, ben])
    await ann.press('Hang up')
    await expectNonePrepared(ann, ben)
    await ben.press('Join')
    await ben.waitForStates({ room: 'created' })
  })
})

describe.each<[string, Record<string, string>]>([
  ['DUET_PREPARE=off', { DUET_PREPARE: 'off' }],
  ['DUET_TURN=off', { DUET_TURN: 'off', DUET_PREPARE: 'on' }],
])('with %s', (_, env) => {
  const fixture = new BrowserFixture(env)

  test('no connection is prepared, and a join leads to a call', async () => {
    const room = fixture.newRoom()
    const [ann, ben] = [await fixture.chromium(), await fixture.chromium()]
    await ann.join(room)
    await ann.waitForStates({ room: 'created', call: 'offering' })
    await ben.openLobby(room)
    await ben.waitForText('Join')
    expect(await ben.tab.run(readPrepared, null)).toEqual([])
    await ben.press('Join')
    await expectCall(ann, ben, few)
  })
})
