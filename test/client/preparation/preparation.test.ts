import { createActor, fromCallback } from 'xstate'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Preparation, type PreparationParts } from '../../../client/preparation/preparation.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { membershipMachine } from '../../../machines/membership/membershipMachine.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import type { PreparationStep, RoomView } from '../../../machines/protocol/messages.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { SignalingEffect } from '../../../machines/signaling/signalingEvents.ts'
import { FakePreparedPeer } from './fakePreparedPeer.ts'

/** A visitor in the lobby, with fake time. The test is the server and the waiting holder. */

const offer = 'v=0\r\na=candidate:2 1 udp 1 198.51.100.9 9 typ relay raddr 0.0.0.0 rport 0'
const lobby: RoomView = { occupancy: 'waiting', policy: 'open', ask: 'none' }
const minuteMs = 60_000

let preparation: Preparation
let page: EventTarget & { hidden: boolean }
let steps: PreparationStep[]
let fetches: number
let urls: string[]
/** Whether the server starts the attempts that the page requests. */
let isAnswering: boolean
let attempt: number
const membership = () => createActor(membershipMachine)
let member: ReturnType<typeof membership>

const show = (shown: RoomView['preparation'], more: Partial<RoomView> = {}): void => {
  const view = { ...lobby, ...more, ...(shown !== undefined && { preparation: shown }) }
  member.send({ type: 'visit.updated', ...view })
  preparation.onSignaling({ type: 'visit.updated', view } as SignalingEffect)
}

/** The server: it starts each requested attempt with the holder's offer, and offers another one when one ends. */
function answer(step: PreparationStep): void {
  steps.push(step)
  if (!isAnswering) return
  if (step.type === 'request') queueMicrotask(() => show({ id: ++attempt, offer }))
  if (step.type === 'end') queueMicrotask(() => show(null))
}

beforeEach(() => {
  vi.useFakeTimers()
  ;[steps, fetches, attempt, isAnswering] = [[], 0, 0, true]
  urls = ['turn:192.0.2.1:3478', 'turns:192.0.2.1:443']
  FakePreparedPeer.all = []
  FakePreparedPeer.hasRelay = true
  page = Object.assign(new EventTarget(), { hidden: false })
  vi.stubGlobal('document', page)
  vi.stubGlobal('RTCPeerConnection', FakePreparedPeer)
  vi.stubGlobal('MediaStream', class {})
  member = membership().start()
  const call = createActor(
    callMachine.provide({ actors: { peerConnection: fromCallback(() => undefined) } as never }),
  ).start()
  const signaling = {
    send: ({ step }: { step: PreparationStep }) => answer(step),
    getSnapshot: () => ({ context: { selectedPolicy: null } }),
  }
  preparation = new Preparation({
    tracks: { outgoing: () => ({ getSettings: () => ({ height: 720 }) }) },
    ice: {
      fetchServers: () => {
        fetches += 1
        return Promise.resolve([{ urls, username: `user ${fetches}`, credential: 'secret' }])
      },
    },
    recorder: { inspect: () => undefined },
    machines: () => ({ membership: member, call, signaling }),
    mayPrepare: () => true,
  } as unknown as PreparationParts)
})
afterEach(() => {
  preparation.dispose()
  member.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const types = (): string[] => steps.map(({ type }) => type)
const newest = (): FakePreparedPeer => FakePreparedPeer.all.at(-1)!

/** The lobby shows that a preparation is possible, and the connection opens. */
async function prepare(): Promise<FakePreparedPeer> {
  show(null)
  await pass(0)
  newest().channel.open()
  expect(preparation.readyAttempt).toBe(attempt)
  return newest()
}

function setHidden(hidden: boolean): void {
  page.hidden = hidden
  page.dispatchEvent(new Event('visibilitychange'))
}

describe('a visitor in the lobby', () => {
  test('answers the offer with relay candidates only, and sends no track', async () => {
    const peer = await prepare()
    expect(types()).toEqual(['request', 'answer'])
    expect(JSON.stringify(steps)).not.toMatch(/typ host|192\.0\.2\.7/)
    expect(peer.configuration).toMatchObject({
      iceTransportPolicy: 'relay',
      iceServers: [{ urls: 'turn:192.0.2.1:3478' }],
    })
    expect(peer.filled).toEqual([])
  })

  test('that hides the page for a minute ends the attempt, and requests another once the page is shown', async () => {
    const peer = await prepare()
    setHidden(true)
    await pass(timeouts.preparedHiddenMs - 1)
    expect(FakePreparedPeer.open).toEqual([peer])
    await pass(1)
    expect(FakePreparedPeer.open).toEqual([])
    await pass(10 * minuteMs)
    expect(types()).toEqual(['request', 'answer', 'end'])
    setHidden(false)
    await pass(0)
    expect(types()).toEqual(['request', 'answer', 'end', 'request', 'answer'])
  })

  test('that hides the page for less than a minute keeps the connection', async () => {
    const peer = await prepare()
    setHidden(true)
    await pass(timeouts.preparedHiddenMs - 1)
    setHidden(false)
    await pass(timeouts.preparedHiddenMs)
    expect(FakePreparedPeer.open).toEqual([peer])
  })

  test('makes the connection again with new credentials before the old ones end', async () => {
    const peer = await prepare()
    await pass(timeouts.preparedMaxAgeMs)
    await pass(1)
    expect(peer.connectionState).toBe('closed')
    expect(newest().configuration.iceServers?.[0]?.username).toBe('user 2')
    expect(types()).toEqual(['request', 'answer', 'end', 'request', 'answer'])
  })

  test('that never joins for 20 minutes has one connection at a time, and renews it five times', async () => {
    await prepare()
    for (let elapsed = 0; elapsed < 20 * minuteMs; elapsed += 1_001) {
      await pass(1_000)
      await pass(1)
      expect(FakePreparedPeer.open).toHaveLength(1)
      if (newest().channel.readyState === 'connecting') newest().channel.open()
    }
    expect(FakePreparedPeer.all).toHaveLength(1 + Math.floor((20 * minuteMs) / timeouts.preparedMaxAgeMs))
    expect(FakePreparedPeer.all.flatMap(({ filled }) => filled)).toEqual([])
  })

  test('makes the connection again on another network', async () => {
    const peer = await prepare()
    preparation.onNetworkChange()
    await pass(0)
    expect(peer.connectionState).toBe('closed')
    expect(types()).toEqual(['request', 'answer', 'end', 'request', 'answer'])
  })

  test('closes the connection when the server shows none', async () => {
    const peer = await prepare()
    show(undefined)
    expect(peer.connectionState).toBe('closed')
    await pass(10 * minuteMs)
    expect(types()).toEqual(['request', 'answer'])
  })
})

describe('without a working relay', () => {
  test('a failed connection is made again after pauses that double, and over the other URL each second time', async () => {
    let peer = await prepare()
    const pauses: number[] = []
    for (let failures = 0; failures < 4; failures++) {
      peer.fail()
      const from = Date.now()
      while (newest() === peer) await pass(1_000)
      pauses.push(Date.now() - from)
      peer = newest()
    }
    const { prepareAgainMs } = timeouts
    expect(pauses).toEqual([1, 2, 4, 8].map((factor) => factor * prepareAgainMs))
    expect(FakePreparedPeer.all.map(({ configuration }) => configuration.iceServers?.[0]?.urls)).toEqual(
      [0, 1, 0, 1, 0].map((index) => urls[index]),
    )
    expect(FakePreparedPeer.open).toEqual([peer])
  })

  test.each<[string, () => void]>([
    ['a server without a relay', () => void (urls = ['stun:192.0.2.1:3478'])],
    ['a relay that gives no candidate', () => void (FakePreparedPeer.hasRelay = false)],
  ])('%s leads to no answer and no open connection', async (_, act) => {
    act()
    show(null)
    await pass(0)
    expect(types()).toEqual(['request', 'end'])
    expect(FakePreparedPeer.open).toEqual([])
  })

  test('a holder that never connects ends the attempt after its time', async () => {
    show(null)
    await pass(0)
    await pass(timeouts.prepareTimeoutMs)
    expect(types()).toEqual(['request', 'answer', 'end'])
    expect(FakePreparedPeer.open).toEqual([])
  })
})

describe('a malicious holder', () => {
  test.each([
    ['an offer with a host candidate', `${offer}\r\na=candidate:1 1 udp 2 192.0.2.8 9 typ host`],
    ['an offer with a connection address', `${offer}\r\nc=IN IP4 192.0.2.8`],
    ['an offer that is none', 'garbage'],
  ])('with %s gets no answer', async (_, sdp) => {
    isAnswering = false
    show(null)
    await pass(0)
    show({ id: 1, offer: sdp })
    await pass(0)
    expect(types()).toEqual(['request', 'end'])
    expect(FakePreparedPeer.open).toEqual([])
  })

  test.each(['join', 'admitted', 'hangup', 'unknown'])('that sends %s to the lobby gets no track', async (type) => {
    const peer = await prepare()
    peer.channel.receive({ type })
    peer.channel.receive('not JSON')
    await pass(0)
    expect(peer.filled).toEqual([])
    expect(member.getSnapshot().matches('lobby')).toBe(true)
  })

  test('that floods the data channel is disconnected', async () => {
    const peer = await prepare()
    for (let count = 0; count <= limits.channelMessageBurst; count++) peer.channel.receive('x')
    expect(peer.connectionState).toBe('closed')
  })
})

describe('an admission over the connection', () => {
  test('of a visitor that asks leads to a join and to media', async () => {
    const peer = await prepare()
    member.send({ type: 'user.asked', name: 'Ben' })
    show({ id: attempt, offer }, { policy: 'ask', ask: 'asking' })
    const joins: unknown[] = []
    member.on('join.requested', () => joins.push(preparation.readyAttempt))
    peer.channel.receive({ type: 'admitted' })
    await pass(0)
    expect(joins).toEqual([attempt])
    expect(peer.filled.length).toBeGreaterThan(0)
  })

  test('without a seat from the server is closed after its time', async () => {
    const peer = await prepare()
    member.send({ type: 'user.asked', name: 'Ben' })
    show({ id: attempt, offer }, { policy: 'ask', ask: 'asking' })
    peer.channel.receive({ type: 'admitted' })
    await pass(timeouts.joinConfirmationMs)
    expect(peer.connectionState).toBe('closed')
  })
})
