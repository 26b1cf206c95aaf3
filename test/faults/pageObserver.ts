import { expect } from 'vitest'
import type { Tab } from '../browser/tab.ts'

/** Functions that run inside a page. Each is sent as source text, so it uses no outer names. */

export interface Gap {
  kind: 'audio' | 'video'
  /** Start of the gap, in ms since the observation began. */
  startMs: number
  durationMs: number
}

/** Record of a page during an observation. */
export interface PageObservation {
  /** In ms. */
  durationMs: number
  /** All machine states that `<main>` reported, in order. */
  states: { membership: string; room: string; call: string }[]
  /** Every visible line, with the time in ms of its first appearance. */
  visibleLines: Record<string, number>
  /** More than a second of the page's own running time without media (`inbound-rtp.bytesReceived`). */
  gaps: Gap[]
  /** Longest wait for media that then arrived, in ms. */
  longestGapMs: Record<'audio' | 'video', number>
  /** Number of new peer connections. */
  newConnections: number
  /** Number of ICE restarts: the username fragments per connection (RFC 8445 §9), without the first. */
  iceRestarts: number
}

declare global {
  interface Window {
    /** Ends the observation of `startObserving`. */
    stopObserving?: () => PageObservation
  }
}

/** Starts or restarts the observation. Resolves after the first reading of the received bytes. */
export async function startObserving(): Promise<void> {
  const page = window
  let start = performance.now()
  const connectionsBefore = page.recordedConnections.length
  const kinds = ['audio', 'video'] as const
  const lastArrivalAt = { audio: start, video: start }
  /** Time of the last reading without new media. */
  const lastEmptyCheckAt = { audio: start, video: start }
  const bytes = new Map<string, number>()
  const gaps: Gap[] = []
  const longestGapMs = { audio: 0, video: 0 }
  const states: PageObservation['states'] = []
  const visibleLines: PageObservation['visibleLines'] = {}
  const ufrags = page.recordedConnections.map(() => new Set<string>())
  /**
   * Total delay of this page's timer, in ms: time that the machine gave to other processes, and thus not to the media.
   */
  let timerDelayMs = 0
  let lastTickAt = start
  const tickMs = 20
  const clock = setInterval(() => {
    const now = performance.now()
    timerDelayMs += Math.max(0, now - lastTickAt - tickMs)
    lastTickAt = now
  }, tickMs)
  const timerDelayAtLastMs = { audio: 0, video: 0 }

  const recordArrival = (kind: 'audio' | 'video', now: number): void => {
    // A page without CPU time reads nothing, and a page on a busy machine reads late.
    const worked = now - lastArrivalAt[kind] - (timerDelayMs - timerDelayAtLastMs[kind])
    if (worked > 1_000 && lastEmptyCheckAt[kind] - lastArrivalAt[kind] > 500)
      gaps.push({
        kind,
        startMs: Math.round(lastArrivalAt[kind] - start),
        durationMs: Math.round(now - lastArrivalAt[kind]),
      })
    lastArrivalAt[kind] = now
    timerDelayAtLastMs[kind] = timerDelayMs
  }
  const recordUfrags = (): void => {
    for (const [index, connection] of page.recordedConnections.entries()) {
      // Firefox does not resolve `getStats()` of a closed connection.
      if (connection.connectionState === 'closed') continue
      const ufrag = /a=ice-ufrag:(.*)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1]
      if (ufrag) (ufrags[index] ??= new Set()).add(ufrag)
    }
  }
  const checkArrivals = async (): Promise<void> => {
    const grownKinds = new Set<string>()
    for (const [index, connection] of page.recordedConnections.entries()) {
      if (connection.connectionState === 'closed') continue
      for (const { type, id, kind, bytesReceived = 0 } of (await connection.getStats()).values()) {
        if (type !== 'inbound-rtp') continue
        if (bytesReceived > (bytes.get(`${index} ${id}`) ?? 0)) grownKinds.add(kind)
        bytes.set(`${index} ${id}`, bytesReceived)
      }
    }
    for (const kind of kinds) {
      if (grownKinds.has(kind)) {
        longestGapMs[kind] = Math.max(longestGapMs[kind], Math.round(performance.now() - lastArrivalAt[kind]))
        recordArrival(kind, performance.now())
      } else lastEmptyCheckAt[kind] = performance.now()
    }
  }
  const observePage = (): void => {
    const { membership = '', room = '', call = '' } = document.querySelector('main')?.dataset ?? {}
    const before = states.at(-1)
    if (before?.membership !== membership || before.room !== room || before.call !== call)
      states.push({ membership, room, call })
    for (const line of document.body.innerText.split('\n')) visibleLines[line] ??= Math.round(performance.now() - start)
  }
  await checkArrivals()
  start = performance.now()
  for (const kind of kinds) {
    lastArrivalAt[kind] = start
    timerDelayAtLastMs[kind] = timerDelayMs
  }
  observePage()
  const observer = new MutationObserver(observePage)
  observer.observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['data-membership', 'data-room', 'data-call'],
  })
  recordUfrags()
  const timer = setInterval(() => (recordUfrags(), void checkArrivals()), 200)
  page.stopObserving = () => {
    const now = performance.now()
    clearInterval(timer)
    clearInterval(clock)
    observer.disconnect()
    for (const kind of kinds) recordArrival(kind, now)
    recordUfrags()
    const restarts = ufrags.reduce((sum, { size }) => sum + Math.max(0, size - 1), 0)
    return {
      durationMs: Math.round(now - start),
      states,
      visibleLines,
      gaps,
      longestGapMs,
      newConnections: page.recordedConnections.length - connectionsBefore,
      iceRestarts: restarts,
    }
  }
}

/** Observes a page during `action`. */
export async function observeDuring({ tab }: { tab: Tab }, action: () => Promise<void>): Promise<PageObservation> {
  await tab.run(startObserving, undefined)
  await action()
  return removeMachineGaps(tab, await finishObserving(tab))
}

const finishObserving = (tab: Tab): Promise<PageObservation> => tab.run(() => window.stopObserving!(), undefined)

/** Duration of the undisturbed reference observation, in ms. */
const baselineMs = 5_000

/**
 * Removes gaps that the machine itself causes now. It observes the same call again without a fault, because encoders
 * also pause on a busy machine. If no media arrives then, the gaps stay.
 */
async function removeMachineGaps(tab: Tab, observation: PageObservation): Promise<PageObservation> {
  if (observation.gaps.length === 0) return observation
  await tab.run(startObserving, undefined)
  await new Promise((resolve) => setTimeout(resolve, baselineMs))
  const { longestGapMs } = await finishObserving(tab)
  return {
    ...observation,
    gaps: observation.gaps.filter(({ kind, durationMs }) => durationMs > 2 * longestGapMs[kind]),
  }
}

type Both = readonly [{ tab: Tab }, { tab: Tab }]

/** Observes both pages during `action`. */
export async function observeBothDuring(
  both: Both,
  action: () => Promise<void>,
): Promise<[PageObservation, PageObservation]> {
  const [ones, others] = await observeBothUnfiltered(both, action)
  return Promise.all([removeMachineGaps(both[0].tab, ones), removeMachineGaps(both[1].tab, others)])
}

/** Keeps the gaps that the machine itself causes: for tests that interrupt the media. */
export async function observeBothUnfiltered(
  [one, other]: Both,
  action: () => Promise<void>,
): Promise<[PageObservation, PageObservation]> {
  for (const { tab } of [one, other]) await tab.run(startObserving, undefined)
  await action()
  return Promise.all([finishObserving(one.tab), finishObserving(other.tab)])
}

/** Expects no visible fault and no pause of audio or video. */
export function expectUndisturbed({ states, visibleLines, gaps, newConnections, iceRestarts }: PageObservation): void {
  expectNoFaultShown({ states, visibleLines })
  expect({ gaps, connections: newConnections, restarts: iceRestarts }).toEqual({
    gaps: [],
    connections: 0,
    restarts: 0,
  })
}

/** Expects that the page showed no fault. */
export function expectNoFaultShown({ states, visibleLines }: Pick<PageObservation, 'states' | 'visibleLines'>): void {
  expect(states).toEqual([{ membership: 'joined', room: 'full', call: 'connected' }])
  expect(Object.keys(visibleLines).filter((line) => /reconnecting|they’ve lost contact/i.test(line))).toEqual([])
}

/**
 * Console errors of a lost signaling connection, which these tests cause. The page then asks the server for the reason
 * over HTTP. The status is 426 if only the WebSocket was lost, and 503 before a restart.
 */
export const isSignalingLossError = (complaint: string): boolean =>
  /WebSocket|can’t establish a connection|connection to .* was interrupted|Failed to load resource: (net::ERR_|the server responded with a status of (426|503))/.test(
    complaint,
  )
