import { expect } from 'vitest'
import { deadlineMs } from '../deadline.ts'
import type { FrameProxy } from './frameProxy.ts'
import type { BrowserProcess } from './browserProcess.ts'
import { expectTexts, openChat, say } from './chatPanel.ts'
import { giveFiles, slowReads } from './fileScripts.ts'
import type { Screen, ScreenContext, ChromiumUser } from './screens.ts'

/** Screens that a user passes through in one call, in order. */
export interface Scenario {
  /** Runs in Ben's page before its own code. */
  benScript?: string
  /** Ben has a browser of his own, which the scenario suspends or kills. */
  isBenIsolated?: boolean
  steps: ScenarioStep[]
}

/** One screen of a scenario. */
export interface ScenarioStep extends Pick<Screen, 'name' | 'heading'> {
  /** Starts from the previous step's screen. Returns another visitor if the screen is theirs. */
  run(context: ScenarioContext): Promise<ChromiumUser | void>
}

/** Ann's page is examined. Ben joins with `call`. */
export interface ScenarioContext extends ScreenContext {
  scenario: Scenario
  room: string
  frameProxy: FrameProxy
  ben?: ChromiumUser
  benProcess?: BrowserProcess
}

/** Joins Ann to a new room and closes her other tabs. The steps of the scenario follow. */
export async function startScenario(
  scenario: Scenario,
  context: ScreenContext & { frameProxy: FrameProxy },
): Promise<ScenarioContext> {
  const [room, { ann }] = [context.fixture.newRoom(), context]
  for (const page of ann.tab.page.context().pages()) if (page !== ann.tab.page) await page.close()
  await ann.join(room)
  await ann.waitForStates({ membership: 'joined', room: 'created', call: 'offering' })
  return { ...context, scenario, room }
}

/** Waits until the quality is known: its label changes until then. */
const waitForQuality = ({ tab }: ChromiumUser): Promise<void> =>
  tab.page.locator('[data-quality]:not([data-quality=unknown])').waitFor({ timeout: deadlineMs })

async function startCall(context: ScenarioContext): Promise<void> {
  const {
    scenario: { benScript: script, isBenIsolated },
    fixture,
    room,
    ann,
  } = context
  if (isBenIsolated)
    ({ user: context.ben, process: context.benProcess } = await fixture.openIsolatedChromium({ script }))
  else context.ben = await fixture.chromium({ script })
  const { ben } = context
  await ben.join(room)
  await Promise.all([ann, ben].map((user) => user.waitForStates({ room: 'full', call: 'connected' })))
  await ann.sampleRemoteVideo(2)
  await waitForQuality(ann)
}

const heading = /your call/i
const waitForVisibleText = ({ tab }: ChromiumUser, words: string): Promise<void> =>
  tab.page.getByText(words).first().waitFor({ timeout: deadlineMs })
const waitForSafety = ({ tab }: ChromiumUser, code: string): Promise<void> =>
  tab.page.locator(`[data-safety=${code}]`).waitFor()
const waitForQualityLevel = ({ tab }: ChromiumUser, level: string): Promise<void> =>
  tab.page.locator(`[data-quality=${level}]`).waitFor({ timeout: deadlineMs })

/**
 * Runs in Ann's page: `getStats()` reports a good connection with this loss (`lossRatio`, 0 to 1), even on a busy
 * machine. Otherwise the name of the quality button may change during an examination.
 */
export const fixedStatsScript = `{
  window.lossRatio = 0
  const { getStats } = RTCPeerConnection.prototype
  const fine = {
    jitter: 0, totalFreezesDuration: 0, roundTripTime: 0.02, currentRoundTripTime: 0.02, qualityLimitationReason: 'none',
  }
  RTCPeerConnection.prototype.getStats = async function () {
    return new Map([...await getStats.call(this)].map(([id, stats]) => [id, {
      ...stats, ...Object.fromEntries(Object.entries(fine).filter(([name]) => name in stats)),
      ...(stats.type === 'inbound-rtp' && { packetsLost: stats.packetsReceived * lossRatio }),
      ...(stats.type === 'remote-inbound-rtp' && { fractionLost: lossRatio }),
    }]))
  }
}`

/** Before the peer joins. */
const aloneSteps: ScenarioStep[] = [
  { name: 'waiting', heading: /first one here/i, run: async () => undefined },
  {
    name: 'elsewhere',
    heading: /call has moved/i,
    run: async ({ ann }) => {
      // A duplicated tab has its own copy of the first tab's `sessionStorage`.
      await ann.tab.run(() => void window.open(location.href), null)
      await ann.waitForStates({ membership: 'left' })
    },
  },
]

const readyHeading = /ready to join/i

/** The door: of the person who waits, and of a visitor. */
const doorSteps: ScenarioStep[] = [
  {
    name: 'waiting-ask-first',
    heading: /first one here/i,
    run: async ({ ann }) => {
      await ann.tab.page.getByLabel('Who can join?').selectOption('ask')
      await waitForVisibleText(ann, 'Notify me when someone comes')
    },
  },
  {
    name: 'lobby-ask-first',
    heading: readyHeading,
    run: async (context) => {
      const ben = (context.ben = await context.fixture.chromium(context.options))
      await ben.openLobby(context.room)
      await waitForVisibleText(ben, 'They decide who joins')
      return ben
    },
  },
  {
    name: 'lobby-asking',
    heading: readyHeading,
    run: async ({ ben }) => {
      await ben!.tab.page.getByLabel('Your name (optional)').fill('Ben')
      await ben!.press('Ask to join')
      await waitForVisibleText(ben!, 'Asking to join')
      return ben!
    },
  },
  { name: 'door', heading: /first one here/i, run: ({ ann }) => waitForVisibleText(ann, 'Ben wants to join') },
  {
    name: 'lobby-declined',
    heading: readyHeading,
    run: async ({ ann, ben }) => {
      await ann.press('Decline')
      await waitForVisibleText(ben!, 'You can ask again in 30 seconds')
      return ben!
    },
  },
  {
    name: 'lobby-locked',
    heading: readyHeading,
    run: async ({ ann, fixture, options, room }) => {
      await ann.tab.page.getByLabel('Who can join?').selectOption('locked')
      const eve = await fixture.chromium(options)
      await eve.openLobby(room)
      await waitForVisibleText(eve, 'the room is locked')
      return eve
    },
  },
]

const offerFile = async (from: ChromiumUser, name: string, size: number): Promise<void> =>
  from.tab.run(giveFiles, { files: [{ name, size }], how: 'select' })

/** The chat and the files in it. */
const contentSteps: ScenarioStep[] = [
  {
    name: 'chat-empty',
    heading,
    run: async ({ ann, ben }) => {
      for (const each of [ann, ben!]) await openChat(each)
      await waitForVisibleText(ann, 'They’re gone when you leave')
      await waitForVisibleText(ann, 'Send files')
    },
  },
  {
    name: 'chat',
    heading,
    run: async ({ ann, ben }) => {
      await say(ben!, 'Have a look at https://example.org/a/long/path/that/does/not/fit/into/one/line?of=the&panel')
      await say(ann, 'Thanks! One moment…')
      await expectTexts(ben!, [expect.stringContaining('own: Have a look'), 'peer: Thanks! One moment…'])
    },
  },
  {
    name: 'files-offered',
    heading,
    run: async ({ ann, ben }) => {
      await offerFile(ben!, 'setup.exe', 30_000_000)
      await offerFile(ann, 'a-photograph-with-a-very-long-name-that-does-not-fit-into-one-line.jpeg', 4_200_000)
      await waitForVisibleText(ann, 'This file can run a program')
    },
  },
  {
    name: 'files-moving',
    heading,
    run: async ({ ann, ben }) => {
      await ben!.tab.run(slowReads, 500)
      await ann.press('Save')
      await ann.tab.page.locator('[data-transfer=transferring] progress').waitFor()
    },
  },
  {
    name: 'files-ended',
    heading,
    run: async ({ ann, ben }) => {
      await ben!.press('Decline')
      await waitForVisibleText(ann, 'They declined it')
      await ann.press('Cancel')
      await offerFile(ben!, 'notes.txt', 1_000)
      await ann.press('Save')
      await ann.tab.page.locator('[data-transfer=stored]').waitFor()
    },
  },
]

/** From the start of a call to its end. */
const callSteps: ScenarioStep[] = [
  { name: 'call', heading, run: startCall },
  {
    name: 'refused',
    heading: /full/i,
    run: async ({ fixture, options, room }) => {
      const eve = await fixture.chromium(options)
      await eve.join(room)
      await eve.waitForStates({ membership: 'left' })
      return eve
    },
  },
  {
    name: 'devices',
    heading,
    run: async ({ ann }) => {
      await ann.press('Devices')
      await ann.waitForText('Keyboard shortcuts')
      await ann.waitForText('Allow notifications')
    },
  },
  {
    name: 'room',
    heading,
    run: async ({ ann }) => {
      await ann.press('Room')
      await ann.tab.page.getByLabel('Who can join?').waitFor()
    },
  },
  ...contentSteps,
  {
    name: 'view',
    heading,
    run: async ({ ann }) => {
      await ann.press('Close chat')
      await ann.press('View')
      await ann.tab.page.getByLabel('Side by side').check()
    },
  },
  {
    name: 'swapped',
    heading,
    run: async ({ ann }) => {
      await ann.tab.page.getByLabel('Side by side').uncheck()
      await ann.press('Swap videos')
      await ann.tab.page.keyboard.press('Escape')
      await ann.tab.page.getByRole('button', { name: /^Their video, / }).waitFor()
    },
  },
  {
    name: 'safety',
    heading,
    run: async ({ ann }) => {
      await ann.tab.page.getByRole('button', { name: /^Their video, / }).press('Enter')
      await ann.press('Safety code: Verify')
      await ann.tab.page.getByRole('button', { name: 'They match', disabled: false }).waitFor()
    },
  },
  {
    name: 'safety-differs',
    heading,
    run: ({ ann }) => ann.press('They differ').then(() => waitForSafety(ann, 'mismatched')),
  },
  {
    name: 'safety-verified',
    heading,
    run: ({ ann }) => ann.press('They match').then(() => waitForSafety(ann, 'verified')),
  },
  { name: 'safety-verified-mark', heading, run: ({ ann }) => ann.tab.page.keyboard.press('Escape') },
  {
    name: 'diagnostics',
    heading,
    run: async ({ ann }) => {
      await ann.tab.page.keyboard.press('d')
      await ann.waitForText(/Relayed, over|Direct, over/)
      await ann.waitForText('Them')
    },
  },
  {
    name: 'call-camera-off',
    heading,
    run: async ({ ann, ben }) => {
      await ann.press('Close diagnostics')
      await ben!.press('Camera off')
      await ben!.press('Mute')
      await ann.waitForText('Their camera is off')
    },
  },
  {
    name: 'safety-changed',
    heading,
    run: async ({ ann, ben }) => {
      await ben!.tab.page.reload()
      await ann.waitForText('no longer applies')
      await ben!.waitForStates({ call: 'connected' })
      await expect.poll(() => ann.visibleText()).not.toMatch(/[Rr]econnecting/)
      await waitForQuality(ann)
    },
  },
  {
    name: 'ended-by-peer',
    heading: /you hung up/i,
    run: async ({ ann, ben }) => {
      await ann.press('Hang up')
      await ann.waitForText('Call again')
      await ben!.waitForText('They hung up')
    },
  },
  {
    name: 'diagnostics-ended',
    heading: /you hung up/i,
    run: async ({ ann }) => {
      await ann.press('Diagnostics')
      await ann.waitForText('Events')
    },
  },
]

/** Runs in a page: the page reveals a nonce that does not match its commitment. */
const falseNonceScript = `RTCDataChannel.prototype.send = ((send) => function (text) {
  send.call(this, text.replace(/"nonce":"[^"]{43}"/, '"nonce":"' + 'A'.repeat(43) + '"'))
})(RTCDataChannel.prototype.send)`

/** With a suspected man in the middle, and with a computer that disappears without notice. */
const abortedExchangeSteps: ScenarioStep[] = [
  {
    name: 'safety-aborted',
    heading,
    run: (context) => startCall(context).then(() => context.ann.waitForText('Someone may be intercepting this call')),
  },
  {
    name: 'safety-aborted-panel',
    heading,
    run: async ({ ann }) => {
      await ann.press('Close this notice')
      await ann.press('Safety code: Can’t verify')
    },
  },
  {
    name: 'peer-away',
    heading,
    run: async ({ ann, benProcess }) => {
      await ann.tab.page.keyboard.press('Escape')
      // A killed browser sends no leave message.
      benProcess!.kill()
      await waitForVisibleText(ann, 'They’re reconnecting')
      // No media arrives by then, so the quality is unknown.
      await waitForQualityLevel(ann, 'unknown')
    },
  },
]

const setLossRatio = ({ tab }: ChromiumUser, share: number): Promise<void> =>
  tab.run((lossRatio) => void Object.assign(window, { lossRatio }), share)

/** Screens of failures. */
const failureSteps: ScenarioStep[] = [
  {
    name: 'server-away',
    heading,
    run: async (context) => {
      await startCall(context)
      context.frameProxy.cut()
      await waitForVisibleText(context.ann, 'Your call isn’t affected')
    },
  },
  {
    name: 'fair',
    heading,
    run: async ({ ann, frameProxy }) => {
      frameProxy.restore()
      await setLossRatio(ann, 0.0625)
      await ann.tab.page.getByText('Your call isn’t affected').waitFor({ state: 'detached', timeout: deadlineMs })
      await waitForQualityLevel(ann, 'fair')
      await ann.tab.page.getByRole('button', { name: 'Fair connection' }).hover()
    },
  },
  { name: 'weak', heading, run: ({ ann }) => setLossRatio(ann, 0.25).then(() => waitForQualityLevel(ann, 'poor')) },
  {
    name: 'reconnecting',
    heading,
    run: async ({ ann, benProcess }) => {
      // The fake clock stays installed in Ann's page: no scenario follows this one.
      await ann.tab.page.clock.install()
      // Ben's suspended browser sends nothing more.
      benProcess!.suspend()
      // The text is not “They’re reconnecting”: the server reports that only later.
      await ann.tab.page.getByText('Reconnecting…', { exact: true }).waitFor({ timeout: deadlineMs })
    },
  },
  {
    name: 'lost',
    heading: /connection was lost/i,
    run: async ({ ann }) => {
      await ann.tab.page.clock.fastForward(90_000)
      await ann.waitForStates({ call: 'hangup' })
    },
  },
]

export const scenarios: Scenario[] = [
  { steps: aloneSteps },
  { steps: doorSteps },
  { steps: callSteps },
  { steps: abortedExchangeSteps, benScript: falseNonceScript, isBenIsolated: true },
  { steps: failureSteps, isBenIsolated: true },
]
