import { describe, expect } from 'vitest'
import { expectCall } from '../../browser/browserUser.ts'
import { EventRenumbering } from '../../browser/eventRenumbering.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import { needs } from '../../needs.ts'
import type { ProxiedUser } from '../proxiedUser.ts'
import type { FrameRule } from '../frameProxy.ts'
import { FaultFixture } from '../faultFixture.ts'
import { observeBothDuring, observeDuring } from '../pageObserver.ts'

/** What the two say to each other arrives late, in another order, or not at all. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('between two pages', () => {
  const fixture = new FaultFixture()
  const through: FrameRule = (frame, pass) => pass(frame)

  /** Pages that stay open from one call to the next: Ann's frames go through a PageFrameProxy. */
  const anns = sharedFixture(async () => {
    const { user: ann, frameProxy } = await fixture.openThroughFrameProxy()
    fixture.keepOpen(ann)
    return { ann, frameProxy }
  })
  const bens = sharedFixture(async () => {
    const ben = await fixture.chromium()
    fixture.keepOpen(ben)
    return ben
  })

  /** Ann waits in a room, and Ben comes: for a new connection, with this rule for what the server tells Ann. */
  async function call(down: FrameRule): Promise<{ ann: ProxiedUser; ben: ProxiedUser; joined: number }> {
    const [{ ann, frameProxy }, ben] = [await anns(), await bens()]
    const { membership } = await ann.readStates()
    if (membership === 'joined') {
      await ben.press('Hang up')
      await ben.waitForStates({ membership: 'left' })
      await ann.waitForStates({ room: 'created', call: 'offering' })
    } else await ann.join('negotiation')
    frameProxy.down = down
    if (membership === 'joined') await ben.press('Rejoin')
    else await ben.join('negotiation')
    const joined = performance.now()
    await expectCall(ann, ben)
    return { ann, ben, joined }
  }

  test('an offer without an answer is made anew, and what comes then of the old one is ignored', async () => {
    let deliver: (() => void) | null = null
    // Without the answer only a second offer leads to a call.
    const { ann } = await call(
      postpone({
        answer: (later) => {
          deliver = later
        },
      }),
    )
    const seen = await observeDuring(ann, async () => {
      deliver!()
      // Whatever it would do, it would do in this time.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    })
    expect(seen).toMatchObject({ states: [{ call: 'connected' }], gaps: [], connections: 0 })
  })

  test('candidates that come before the description that they belong to find the way; candidates of before a restart that come after it are dropped', async () => {
    const order: string[] = []
    let deliver: (() => void) | null = null
    const postponing = postpone({
      candidate: (later) => {
        deliver = later
      },
      answer: (later) => setTimeout(() => (later(), order.push('answer')), 1_000),
    })
    const { ann, ben } = await call((frame, pass, passage) =>
      postponing(
        frame,
        (passed) => {
          if (passed.includes('"type":"candidate"')) order.push('candidate')
          pass(passed)
        },
        passage,
      ),
    )
    expect(order.indexOf('candidate')).toBeLessThan(order.indexOf('answer'))
    expect(order).toContain('candidate')

    const seen = await observeDuring(ann, async () => {
      const before = await ann.tab.run(credentials, null)
      await ann.tab.run(restart, null)
      await expect.poll(() => ann.tab.run(credentials, null)).not.toEqual(before)
      deliver!()
      // An error of the browser's would come at once, and be a complaint.
      await expectCall(ann, ben)
    })
    expect(seen).toMatchObject({ states: [{ call: 'connected' }], gaps: [], connections: 0, restarts: 1 })
  })

  test("two who restart at the same time have fresh credentials, each the other's, and media goes on, one in chromium", async () => {
    const { ann, ben, joined } = await call(through)
    await expectFreshCredentials([ann, ben], performance.now() - joined)
  })

  test('two who switch their screens on and off at the same time, twenty times, agree in the end', async () => {
    const [{ ann, frameProxy }, ben] = [await anns(), await bens()]
    const both = [ann, ben] as const
    frameProxy.down = through
    for (const each of both) {
      await each.openLobby('screens')
      // Without a camera the line for pictures is not open: to share takes a negotiation.
      await each.press('Camera off')
      await each.press('Join')
    }
    for (const each of both) await each.waitForStates({ room: 'full', call: 'connected' })
    await Promise.all(both.map(({ tab }) => tab.run(toggleScreen, { times: 21, every: 20 })))
    await expectCall(...both)
    const [one, other] = await Promise.all(both.map(({ tab }) => tab.run(agreement, null)))
    expect(one).toEqual({ state: 'stable', transceivers: ['0 audio sendrecv', '1 video sendrecv'] })
    expect(other).toEqual(one)
    await ann.tab.open('about:blank')
  })

  everyBrowser(
    "two who restart at the same time have fresh credentials, each the other's, and media goes on, one in firefox",
    async () => {
      const both = [await fixture.firefox(), await bens()] as const
      for (const each of both) await each.join('firefox')
      const joined = performance.now()
      await expectCall(...both)
      await expectFreshCredentials(both, performance.now() - joined)
    },
  )

  /** @param setupMs what a new connection takes on this machine now, until media flows, in milliseconds */
  async function expectFreshCredentials(both: readonly [ProxiedUser, ProxiedUser], setupMs: number): Promise<void> {
    const before = await both[0].tab.run(credentials, null)
    const seen = await observeBothDuring(both, async () => {
      await Promise.all(both.map(({ tab }) => tab.run(restart, null)))
      await expect.poll(() => both[1].tab.run(credentials, null)).toMatchObject({ state: 'stable' })
      await expect
        .poll(async () => {
          const [{ local, remote, state }, other] = [
            await both[0].tab.run(credentials, null),
            await both[1].tab.run(credentials, null),
          ]
          return {
            state,
            isFresh: local !== before.local && remote !== before.remote,
            isSame: local === other.remote && remote === other.local,
          }
        })
        .toEqual({ state: 'stable', isFresh: true, isSame: true })
      await expectCall(...both)
    })
    // The page that yields makes a new connection, for a rollback would freeze the picture (client/webrtc/negotiator.ts).
    for (const { states, gaps } of seen) {
      expect(new Set(states.map(({ call }) => call))).toEqual(new Set(['connected']))
      expect(
        gaps.filter(({ durationMs }) => durationMs > setupMs),
        `connecting took ${setupMs} ms`,
      ).toEqual([])
    }
  }
})

type Hold = (deliver: () => void) => void

/** The first message of each of these types comes when its `Hold` says so, as if it had been said then. */
function postpone(holds: Partial<Record<'answer' | 'candidate', Hold>>): FrameRule {
  const numbers = new EventRenumbering()
  const waiting = new Map(Object.entries(holds))
  return (frame, pass) => {
    const type = /"type":"(answer|candidate)"/.exec(frame)?.[1] ?? ''
    const hold = waiting.get(type)
    if (!hold) return pass(numbers.renumber(frame))
    waiting.delete(type)
    numbers.withhold()
    hold(() => pass(numbers.append(frame)))
  }
}

interface Credentials {
  state: string
  local: string
  remote: string
}

/** Of ICE, on both sides, as the newest connection has them. */
function credentials(): Credentials {
  const { recordedConnections } = window as unknown as { recordedConnections: RTCPeerConnection[] }
  const connection = recordedConnections.at(-1)!
  const ufragOf = (description: RTCSessionDescription | null): string =>
    /a=ice-ufrag:(.*)/.exec(description?.sdp ?? '')?.[1] ?? ''
  return {
    state: connection.signalingState,
    local: ufragOf(connection.currentLocalDescription),
    remote: ufragOf(connection.currentRemoteDescription),
  }
}

function restart(): void {
  ;(window as unknown as { recordedConnections: RTCPeerConnection[] }).recordedConnections.at(-1)!.restartIce()
}

function agreement(): { state: string; transceivers: string[] } {
  const connection = (window as unknown as { recordedConnections: RTCPeerConnection[] }).recordedConnections.at(-1)!
  const transceivers = connection
    .getTransceivers()
    .map(({ mid, receiver, currentDirection }) => `${mid} ${receiver.track.kind} ${currentDirection}`)
  return { state: connection.signalingState, transceivers }
}

async function toggleScreen({ times, every }: { times: number; every: number }): Promise<void> {
  for (let time = 0; time < times; time++) {
    const button = [...document.querySelectorAll('button')].find((each) =>
      /Share screen|Stop sharing/.test(`${each.ariaLabel} ${each.textContent}`),
    )
    button?.click()
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
