import { describe, expect } from 'vitest'
import { expectCall } from '../../browser/guest.ts'
import { Numbers } from '../../browser/numbers.ts'
import { needs } from '../../needs.ts'
import type { Rule } from '../frames.ts'
import { Rig } from '../rig.ts'
import { bothWitnessed, witnessed } from '../witness.ts'

/** What the two say to each other arrives late, in another order, or not at all. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('between two pages', () => {
  const rig = new Rig()

  test('an offer without an answer is made anew, and what comes then of the old one is ignored', async () => {
    const [{ caller: ann, courier }, ben] = [await rig.couriered(), await rig.chromium()]
    let deliver: (() => void) | null = null
    courier.down = postpone('answer', (later) => { deliver = later })
    await ann.join('negotiation')
    await ben.join('negotiation')
    // Without the answer only a second offer leads here.
    await expectCall(ann, ben)
    const seen = await witnessed(ann, async () => {
      deliver!()
      // Whatever it would do, it would do in this time.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    })
    expect(seen).toMatchObject({ states: [{ call: 'connected' }], gaps: [], connections: 0 })
  })

  test('candidates that come before the description that they belong to find the way', async () => {
    const [{ caller: ann, courier }, ben] = [await rig.couriered(), await rig.chromium()]
    const order: string[] = []
    const postponing = postpone('answer', (deliver) => setTimeout(() => (deliver(), order.push('answer')), 1_000))
    courier.down = (frame, pass, passage) => {
      if (frame.includes('"type":"candidate"')) order.push('candidate')
      postponing(frame, pass, passage)
    }
    await ann.join('negotiation')
    await ben.join('negotiation')
    await expectCall(ann, ben)
    expect(order.indexOf('candidate')).toBeLessThan(order.indexOf('answer'))
    expect(order).toContain('candidate')
  })

  test('candidates of before a restart that come after it are dropped', async () => {
    const [{ caller: ann, courier }, ben] = [await rig.couriered(), await rig.chromium()]
    let deliver: (() => void) | null = null
    courier.down = postpone('candidate', (later) => { deliver = later })
    await ann.join('negotiation')
    await ben.join('negotiation')
    await expectCall(ann, ben)
    const seen = await witnessed(ann, async () => {
      const before = await ann.tab.run(credentials, null)
      await ann.tab.run(restart, null)
      await expect.poll(() => ann.tab.run(credentials, null)).not.toEqual(before)
      deliver!()
      // An error of the browser's would come at once, and be a complaint.
      await expectCall(ann, ben)
    })
    expect(seen).toMatchObject({ states: [{ call: 'connected' }], gaps: [], connections: 0, restarts: 1 })
  })

  everyBrowser.for(['chromium', 'firefox'] as const)('two who restart at the same time have fresh credentials, each the other\'s, and media goes on, one in %s', async (browser) => {
    const both = [await rig[browser](), await rig.chromium()] as const
    for (const each of both) await each.join('negotiation')
    const joined = performance.now()
    await expectCall(...both)
    /** What a new connection takes on this machine now, until media flows, in milliseconds. */
    const setupMs = performance.now() - joined
    const before = await both[0].tab.run(credentials, null)
    const seen = await bothWitnessed(both, async () => {
      await Promise.all(both.map(({ tab }) => tab.run(restart, null)))
      await expect.poll(() => both[1].tab.run(credentials, null)).toMatchObject({ state: 'stable' })
      await expect.poll(async () => {
        const [{ local, remote, state }, other] = [await both[0].tab.run(credentials, null), await both[1].tab.run(credentials, null)]
        return { state, isFresh: local !== before.local && remote !== before.remote, isSame: local === other.remote && remote === other.local }
      }).toEqual({ state: 'stable', isFresh: true, isSame: true })
      await expectCall(...both)
    })
    // The page that yields makes a new connection, for a rollback would freeze the picture (client/negotiator.ts).
    for (const { states, gaps } of seen) {
      expect(new Set(states.map(({ call }) => call))).toEqual(new Set(['connected']))
      expect(gaps.filter(({ length }) => length > setupMs), `connecting took ${setupMs} ms`).toEqual([])
    }
  })

  test('two who switch their screens on and off at the same time, twenty times, agree in the end', async () => {
    const both = [await rig.chromium(), await rig.chromium()] as const
    for (const each of both) {
      await each.arrive('negotiation')
      // Without a camera the line for pictures is not open: to share takes a negotiation.
      await each.press('Camera off')
      await each.press('Join')
    }
    for (const each of both) await each.becomes({ room: 'full', call: 'connected' })
    await Promise.all(both.map(({ tab }) => tab.run(toggleScreen, { times: 21, every: 20 })))
    await expectCall(...both)
    const [one, other] = await Promise.all(both.map(({ tab }) => tab.run(agreement, null)))
    expect(one).toEqual({ state: 'stable', transceivers: ['0 audio sendrecv', '1 video sendrecv'] })
    expect(other).toEqual(one)
  })
})

/** The first message of this type comes when `hold` says so, as if it had been said then. */
function postpone(type: 'answer' | 'candidate', hold: (deliver: () => void) => void): Rule {
  const numbers = new Numbers()
  let isHeld = false
  return (frame, pass) => {
    if (isHeld || !frame.includes(`"type":"${type}"`)) return pass(numbers.pass(frame))
    isHeld = true
    numbers.keep()
    hold(() => pass(numbers.add(frame)))
  }
}

interface Credentials { state: string; local: string; remote: string }

/** Of ICE, on both sides, as the newest connection has them. */
function credentials(): Credentials {
  const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
  const connection = madeConnections.at(-1)!
  const ufragOf = (description: RTCSessionDescription | null): string => /a=ice-ufrag:(.*)/.exec(description?.sdp ?? '')?.[1] ?? ''
  return { state: connection.signalingState, local: ufragOf(connection.currentLocalDescription), remote: ufragOf(connection.currentRemoteDescription) }
}

function restart(): void {
  (window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.at(-1)!.restartIce()
}

function agreement(): { state: string; transceivers: string[] } {
  const connection = (window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.at(-1)!
  const transceivers = connection.getTransceivers().map(({ mid, receiver, currentDirection }) => `${mid} ${receiver.track.kind} ${currentDirection}`)
  return { state: connection.signalingState, transceivers }
}

async function toggleScreen({ times, every }: { times: number; every: number }): Promise<void> {
  for (let time = 0; time < times; time++) {
    const button = [...document.querySelectorAll('button')].find((each) => /Share screen|Stop sharing/.test(`${each.ariaLabel} ${each.textContent}`))
    button?.click()
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
