import { expect } from 'vitest'
import type { Tab } from '../browser/tab.ts'

/** Runs inside a page. Each function is sent as its text, so it stands for itself. */

export interface Gap {
  kind: 'audio' | 'video'
  /** When it began, and how long it was, in milliseconds of the watch. */
  at: number
  length: number
}

/** What a page went through while it was watched. */
export interface Testimony {
  /** Milliseconds. */
  length: number
  /** All that `<main>` said of its machines, in order. */
  states: { visit: string; room: string; call: string }[]
  /** Every line that was to be seen, and at which millisecond for the first time. */
  words: Record<string, number>
  /** For more than a second of the page's own working time nothing arrived (`inbound-rtp.bytesReceived`). */
  gaps: Gap[]
  /** The longest wait for what then arrived, in milliseconds. */
  longest: Record<'audio' | 'video', number>
  /** How many peer connections the page made. */
  connections: number
  /** How often ICE was restarted: how many user fragments its connections had (RFC 8445 §9), but for the first of each. */
  restarts: number
}

/** Begins to watch, anew if it did: as soon as it is known how much has arrived before. */
export async function watch(): Promise<void> {
  const page = window as unknown as { madeConnections: RTCPeerConnection[]; testify?: () => Testimony }
  let start = performance.now()
  const made = page.madeConnections.length
  const kinds = ['audio', 'video'] as const
  const last = { audio: start, video: start }
  /** When it was last looked, and nothing new was there. */
  const looked = { audio: start, video: start }
  const bytes = new Map<string, number>()
  const gaps: Gap[] = []
  const longest = { audio: 0, video: 0 }
  const states: Testimony['states'] = []
  const words: Testimony['words'] = {}
  const ufrags = page.madeConnections.map(() => new Set<string>())
  /** How late this page's own timer was so far, in milliseconds: time that the machine gave to others, and the media as little. */
  let late = 0
  let ticked = start
  const tickMs = 20
  const clock = setInterval(() => {
    const now = performance.now()
    late += Math.max(0, now - ticked - tickMs)
    ticked = now
  }, tickMs)
  const lateAt = { audio: 0, video: 0 }

  const close = (kind: 'audio' | 'video', now: number): void => {
    // A page that had no time to look saw nothing, and one that shares its processor hears later.
    const worked = now - last[kind] - (late - lateAt[kind])
    if (worked > 1_000 && looked[kind] - last[kind] > 500) gaps.push({ kind, at: Math.round(last[kind] - start), length: Math.round(now - last[kind]) })
    last[kind] = now
    lateAt[kind] = late
  }
  const noteUfrags = (): void => {
    for (const [index, connection] of page.madeConnections.entries()) {
      // Firefox does not let one look at what is closed.
      if (connection.connectionState === 'closed') continue
      const ufrag = /a=ice-ufrag:(.*)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1]
      if (ufrag) (ufrags[index] ??= new Set()).add(ufrag)
    }
  }
  const measure = async (): Promise<void> => {
    const grown = new Set<string>()
    for (const [index, connection] of page.madeConnections.entries()) {
      if (connection.connectionState === 'closed') continue
      for (const { type, id, kind, bytesReceived = 0 } of (await connection.getStats()).values()) {
        if (type !== 'inbound-rtp') continue
        if (bytesReceived > (bytes.get(`${index} ${id}`) ?? 0)) grown.add(kind)
        bytes.set(`${index} ${id}`, bytesReceived)
      }
    }
    for (const kind of kinds) {
      if (grown.has(kind)) {
        longest[kind] = Math.max(longest[kind], Math.round(performance.now() - last[kind]))
        close(kind, performance.now())
      } else looked[kind] = performance.now()
    }
  }
  const look = (): void => {
    const { visit = '', room = '', call = '' } = document.querySelector('main')?.dataset ?? {}
    const before = states.at(-1)
    if (before?.visit !== visit || before.room !== room || before.call !== call) states.push({ visit, room, call })
    for (const line of document.body.innerText.split('\n')) words[line] ??= Math.round(performance.now() - start)
  }
  await measure()
  start = performance.now()
  for (const kind of kinds) {
    last[kind] = start
    lateAt[kind] = late
  }
  look()
  const observer = new MutationObserver(look)
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['data-visit', 'data-room', 'data-call'] })
  noteUfrags()
  const timer = setInterval(() => (noteUfrags(), void measure()), 200)
  page.testify = () => {
    const now = performance.now()
    clearInterval(timer)
    clearInterval(clock)
    observer.disconnect()
    for (const kind of kinds) close(kind, now)
    noteUfrags()
    const restarts = ufrags.reduce((sum, { size }) => sum + Math.max(0, size - 1), 0)
    return { length: Math.round(now - start), states, words, gaps, longest, connections: page.madeConnections.length - made, restarts }
  }
}

/** What the page of somebody went through while something else happened. */
export async function witnessed({ tab }: { tab: Tab }, happens: () => Promise<void>): Promise<Testimony> {
  await tab.run(watch, undefined)
  await happens()
  return beyondMachine(tab, await testify(tab))
}

const testify = (tab: Tab): Promise<Testimony> => tab.run(() => (window as unknown as { testify(): Testimony }).testify(), undefined)

/** How long a call is watched while nobody disturbs it, in milliseconds. */
const quietMs = 5_000

/**
 * Without the gaps that this machine makes by itself now: the same call is watched again while nothing happens. On a busy machine its
 * encoders pause, too. A call in which nothing arrives any more excuses nothing.
 */
async function beyondMachine(tab: Tab, testimony: Testimony): Promise<Testimony> {
  if (testimony.gaps.length === 0) return testimony
  await tab.run(watch, undefined)
  await new Promise((resolve) => setTimeout(resolve, quietMs))
  const { longest } = await testify(tab)
  return { ...testimony, gaps: testimony.gaps.filter(({ kind, length }) => length > 2 * longest[kind]) }
}

type Both = readonly [{ tab: Tab }, { tab: Tab }]

/** What both went through. */
export async function bothWitnessed(both: Both, happens: () => Promise<void>): Promise<[Testimony, Testimony]> {
  const [ones, others] = await bothWatched(both, happens)
  return Promise.all([beyondMachine(both[0].tab, ones), beyondMachine(both[1].tab, others)])
}

/** The same with the gaps that this machine makes by itself: for tests that interrupt the media. */
export async function bothWatched([one, other]: Both, happens: () => Promise<void>): Promise<[Testimony, Testimony]> {
  for (const { tab } of [one, other]) await tab.run(watch, undefined)
  await happens()
  return Promise.all([testify(one.tab), testify(other.tab)])
}

/** Nothing that the page showed told its person of a fault, and sound and picture came without a pause. */
export function expectUndisturbed({ states, words, gaps, connections, restarts }: Testimony): void {
  expectUntold({ states, words })
  expect({ gaps, connections, restarts }).toEqual({ gaps: [], connections: 0, restarts: 0 })
}

/** Nothing that the page showed told its person of a fault. */
export function expectUntold({ states, words }: Pick<Testimony, 'states' | 'words'>): void {
  expect(states).toEqual([{ visit: 'inside', room: 'full', call: 'connected' }])
  expect(Object.keys(words).filter((line) => /reconnecting/i.test(line))).toEqual([])
}

/**
 * What a browser writes to its console when a page's line breaks, which is what these tests do to it. The page then asks the server by
 * HTTP what the matter is, and is answered 426 where only the WebSocket was lost, 503 where the server is about to restart.
 */
export const isOfTheLine = (complaint: string): boolean =>
  /WebSocket|can’t establish a connection|connection to .* was interrupted|Failed to load resource: (net::ERR_|the server responded with a status of (426|503))/.test(complaint)
