import { describe, expect } from 'vitest'
import { expectCall } from '../../browser/expectCall.ts'
import { EventRenumbering } from '../../browser/eventRenumbering.ts'
import { type FrameRule, passThrough } from '../../browser/frameProxy.ts'
import { sharedFixture } from '../../browser/fixtureLifecycle.ts'
import { needs } from '../../needs.ts'
import type { ProxiedUser } from '../proxiedUser.ts'
import { FaultFixture } from '../faultFixture.ts'
import { observeBothDuring, observeDuring } from '../pageObserver.ts'

/** Signaling messages arrive late, reordered, or not at all. */

const test = needs('chromium')
const everyBrowser = needs('chromium', 'firefox')

describe('negotiation between two pages', () => {
  const fixture = new FaultFixture()

  /** Pages that stay open between calls. Ann's frames go through a FrameProxy. */
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

  /** Ann waits in a room and Ben joins for a new connection. The rule applies to the server's frames to Ann. */
  async function call(down: FrameRule): Promise<{ ann: ProxiedUser; ben: ProxiedUser; joined: number }> {
    const [{ ann, frameProxy }, ben] = [await anns(), await bens()]
    const { membership } = await ann.readStates()
    if (membership === 'joined') {
      await ben.press('Hang up')
      await ann.rejoin()
      await ann.waitForStates({ room: 'created', call: 'offering' })
    } else await ann.join('negotiation')
    frameProxy.down = down
    if (membership === 'joined') await ben.rejoin()
    else await ben.join('negotiation')
    const joined = performance.now()
    await expectCall(ann, ben)
    return { ann, ben, joined }
  }

  test('an unanswered offer is repeated, and a late answer to the old one is ignored', async () => {
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
      // A page that reacts does so within this time.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    })
    expect(seen).toMatchObject({ states: [{ call: 'connected' }], gaps: [], newConnections: 0 })
  })

  test('candidates before their description are applied, those from before a restart are dropped', async () => {
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
      // A browser error would appear at once as a complaint.
      await expectCall(ann, ben)
    })
    expect(seen).toMatchObject({ states: [{ call: 'connected' }], gaps: [], newConnections: 0, iceRestarts: 1 })
  })

  test('simultaneous ICE restarts give matching fresh credentials without losing media, one in chromium', async () => {
    const { ann, ben, joined } = await call(passThrough)
    await expectFreshCredentials([ann, ben], performance.now() - joined)
  })

  test('two pages that toggle camera and screen simultaneously twenty times agree in the end', async () => {
    const [{ ann, frameProxy }, ben] = [await anns(), await bens()]
    const both = [ann, ben] as const
    frameProxy.down = passThrough
    for (const each of both) {
      await each.openLobby('screens')
      // The first video of a camera needs a negotiation. A shared screen needs none.
      await each.press('Camera off')
      await each.press('Join')
    }
    for (const each of both) await each.waitForStates({ room: 'full', call: 'connected' })
    await Promise.all(both.map(({ tab }) => tab.run(toggleVideos, { times: 21, every: 20 })))
    await expectCall(...both)
    const [one, other] = await Promise.all(both.map(({ tab }) => tab.run(agreement, null)))
    expect(one).toEqual({
      state: 'stable',
      transceivers: ['0 audio sendrecv', '1 video sendrecv', '2 video sendrecv', '3 audio sendrecv'],
    })
    expect(other).toEqual(one)
    await ann.tab.open('about:blank')
  })

  everyBrowser(
    'simultaneous ICE restarts give matching fresh credentials without losing media, one in firefox',
    async () => {
      const both = [await fixture.firefox(), await bens()] as const
      for (const each of both) await each.join('firefox')
      const joined = performance.now()
      await expectCall(...both)
      await expectFreshCredentials(both, performance.now() - joined)
    },
  )

  /** @param setupMs time to connect and receive media on this machine now, in ms */
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
    // The polite page makes a new connection, because a rollback would freeze the video (client/webrtc/negotiator.ts).
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

/** Holds the first message of each type until its `Hold` delivers it, renumbered as the newest event. */
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

/** ICE username fragments of both sides on the newest connection. */
function credentials(): Credentials {
  const { recordedConnections } = window
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
  window.recordedConnections.at(-1)!.restartIce()
}

function agreement(): { state: string; transceivers: string[] } {
  const connection = window.recordedConnections.at(-1)!
  const transceivers = connection
    .getTransceivers()
    .map(({ mid, receiver, currentDirection }) => `${mid} ${receiver.track.kind} ${currentDirection}`)
  return { state: connection.signalingState, transceivers }
}

async function toggleVideos({ times, every }: { times: number; every: number }): Promise<void> {
  for (let time = 0; time < times; time++) {
    for (const label of [/Share screen|Stop sharing/, /Camera (on|off)/])
      [...document.querySelectorAll('button')]
        .find((each) => label.test(`${each.ariaLabel} ${each.textContent}`))
        ?.click()
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
