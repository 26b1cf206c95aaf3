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
  /** For more than a second nothing arrived (`inbound-rtp.bytesReceived`). */
  gaps: Gap[]
  /** How many peer connections the page made. */
  connections: number
}

/** Begins to watch, anew if it did. */
export function watch(): void {
  const page = window as unknown as { madeConnections: RTCPeerConnection[]; testify?: () => Testimony }
  const start = performance.now()
  const made = page.madeConnections.length
  const kinds = ['audio', 'video'] as const
  const last = { audio: start, video: start }
  const bytes = new Map<string, number>()
  const gaps: Gap[] = []
  const states: Testimony['states'] = []
  const words: Testimony['words'] = {}

  const close = (kind: 'audio' | 'video', now: number): void => {
    if (now - last[kind] > 1_000) gaps.push({ kind, at: Math.round(last[kind] - start), length: Math.round(now - last[kind]) })
    last[kind] = now
  }
  const measure = async (): Promise<void> => {
    for (const [index, connection] of page.madeConnections.entries()) {
      if (connection.connectionState === 'closed') continue
      for (const { type, id, kind, bytesReceived = 0 } of (await connection.getStats()).values()) {
        if (type !== 'inbound-rtp') continue
        if (bytesReceived > (bytes.get(`${index} ${id}`) ?? 0)) close(kind, performance.now())
        bytes.set(`${index} ${id}`, bytesReceived)
      }
    }
  }
  const look = (): void => {
    const { visit = '', room = '', call = '' } = document.querySelector('main')?.dataset ?? {}
    const before = states.at(-1)
    if (before?.visit !== visit || before.room !== room || before.call !== call) states.push({ visit, room, call })
    for (const line of document.body.innerText.split('\n')) words[line] ??= Math.round(performance.now() - start)
  }
  look()
  const observer = new MutationObserver(look)
  observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-visit', 'data-room', 'data-call'] })
  const timer = setInterval(() => void measure(), 200)
  page.testify = () => {
    const now = performance.now()
    clearInterval(timer)
    observer.disconnect()
    for (const kind of kinds) close(kind, now)
    return { length: Math.round(now - start), states, words, gaps, connections: page.madeConnections.length - made }
  }
}

/** What the page went through while something else happened. */
export async function witnessed(tab: Tab, happens: () => Promise<void>): Promise<Testimony> {
  await tab.run(watch, undefined)
  await happens()
  return tab.run(() => (window as unknown as { testify(): Testimony }).testify(), undefined)
}
