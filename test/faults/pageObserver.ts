import { expect } from 'vitest'
import type { Tab } from '../browser/tab.ts'

/** Runs inside a page. Each function is sent as its text, so it stands for itself. */

export interface Gap {
  kind: 'audio' | 'video'
  /** When it began, and how long it was, in milliseconds of the watch. */
  startMs: number
  durationMs: number
}

/** What a page went through while it was watched. */
export interface PageObservation {
  /** Milliseconds. */
  durationMs: number
  /** All that `<main>` said of its machines, in order. */
  states: { membership: string; room: string; call: string }[]
  /** Every line that was to be seen, and at which millisecond for the first time. */
  visibleLines: Record<string, number>
  /** For more than a second of the page's own working time nothing arrived (`inbound-rtp.bytesReceived`). */
  gaps: Gap[]
  /** The longestGapMs wait for what then arrived, in milliseconds. */
  longestGapMs: Record<'audio' | 'video', number>
  /** How many peer connections the page made. */
  newConnections: number
  /** How often ICE was restarted: how many user fragments its connections had (RFC 8445 §9), but for the first of each. */
  iceRestarts: number
}

/** Begins to watch, anew if it did: as soon as it is known how much has arrived before. */
export async function startObserving(): Promise<void> {
  const page = window as unknown as { recordedConnections: RTCPeerConnection[]; stopObserving?: () => PageObservation }
  let start = performance.now()
  const connectionsBefore = page.recordedConnections.length
  const kinds = ['audio', 'video'] as const
  const lastArrivalAt = { audio: start, video: start }
  /** When it was last looked, and nothing new was there. */
  const lastEmptyCheckAt = { audio: start, video: start }
  const bytes = new Map<string, number>()
  const gaps: Gap[] = []
  const longestGapMs = { audio: 0, video: 0 }
  const states: PageObservation['states'] = []
  const visibleLines: PageObservation['visibleLines'] = {}
  const ufrags = page.recordedConnections.map(() => new Set<string>())
  /** How late this page's own timer was so far, in milliseconds: time that the machine gave to others, and the media as little. */
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
    // A page that had no time to look saw nothing, and one that shares its processor hears later.
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
      // Firefox does not let one look at what is closed.
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

/** What the page of somebody went through while something else happened. */
export async function observeDuring({ tab }: { tab: Tab }, action: () => Promise<void>): Promise<PageObservation> {
  await tab.run(startObserving, undefined)
  await action()
  return removeMachineGaps(tab, await finishObserving(tab))
}

const finishObserving = (tab: Tab): Promise<PageObservation> =>
  tab.run(() => (window as unknown as { stopObserving(): PageObservation }).stopObserving(), undefined)

/** How long a call is watched while nobody disturbs it, in milliseconds. */
const baselineMs = 5_000

/**
 * Without the gaps that this machine makes by itself now: the same call is watched again while nothing happens. On a busy machine its
 * encoders pause, too. A call in which nothing arrives any more excuses nothing.
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

/** What both went through. */
export async function observeBothDuring(
  both: Both,
  action: () => Promise<void>,
): Promise<[PageObservation, PageObservation]> {
  const [ones, others] = await observeBothUnfiltered(both, action)
  return Promise.all([removeMachineGaps(both[0].tab, ones), removeMachineGaps(both[1].tab, others)])
}

/** The same with the gaps that this machine makes by itself: for tests that interrupt the media. */
export async function observeBothUnfiltered(
  [one, other]: Both,
  action: () => Promise<void>,
): Promise<[PageObservation, PageObservation]> {
  for (const { tab } of [one, other]) await tab.run(startObserving, undefined)
  await action()
  return Promise.all([finishObserving(one.tab), finishObserving(other.tab)])
}

/** Nothing that the page showed told its person of a fault, and sound and picture came without a pause. */
export function expectUndisturbed({ states, visibleLines, gaps, newConnections, iceRestarts }: PageObservation): void {
  expectNoFaultShown({ states, visibleLines })
  expect({ gaps, connections: newConnections, restarts: iceRestarts }).toEqual({
    gaps: [],
    connections: 0,
    restarts: 0,
  })
}

/** Nothing that the page showed told its person of a fault. */
export function expectNoFaultShown({ states, visibleLines }: Pick<PageObservation, 'states' | 'visibleLines'>): void {
  expect(states).toEqual([{ membership: 'joined', room: 'full', call: 'connected' }])
  expect(Object.keys(visibleLines).filter((line) => /reconnecting/i.test(line))).toEqual([])
}

/**
 * What a browser writes to its console when a page's line breaks, which is what these tests do to it. The page then asks the server by
 * HTTP what the matter is, and is answered 426 where only the WebSocket was lost, 503 where the server is about to restart.
 */
export const isSignalingLossError = (complaint: string): boolean =>
  /WebSocket|can’t establish a connection|connection to .* was interrupted|Failed to load resource: (net::ERR_|the server responded with a status of (426|503))/.test(
    complaint,
  )
