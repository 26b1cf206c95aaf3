export type MediaKind = 'audio' | 'video'

/** A gap in arriving media. Times are Unix time in ms. */
export interface Gap {
  kind: MediaKind
  from: number
  to: number
}

/** A reading of a page's meter. All pages share the clock of this machine. */
export interface MeterReading {
  now: number
  /** Time of the last arrival, by kind. */
  lastArrivalAt: Record<MediaKind, number>
  gaps: Gap[]
  /** The number of peer connections that the page has created. */
  connectionCount: number
}

/** Shorter gaps can be caused by a busy machine. */
export const minGapMs = 500
const intervalMs = 100

interface MeterOptions {
  minGapMs: number
  intervalMs: number
}

declare global {
  interface Window {
    readMeter(): MeterReading
  }
}

/** Records when media arrives (`inbound-rtp.bytesReceived`). Sent as text; runs before the page's own scripts. */
function installMeter({ minGapMs, intervalMs }: MeterOptions): void {
  const page = window
  const maxGaps = 200
  const start = Date.now()
  const lastArrivalAt = { audio: start, video: start }
  const gaps: Gap[] = []
  const bytes = new WeakMap<RTCPeerConnection, Map<string, number>>()

  const recordArrival = (kind: MediaKind): void => {
    const now = Date.now()
    if (now - lastArrivalAt[kind] > minGapMs) gaps.push({ kind, from: lastArrivalAt[kind], to: now })
    if (gaps.length > maxGaps) gaps.shift()
    lastArrivalAt[kind] = now
  }
  const checkConnection = async (connection: RTCPeerConnection): Promise<void> => {
    const before = bytes.get(connection) ?? new Map<string, number>()
    bytes.set(connection, before)
    for (const { type, id, kind, bytesReceived = 0 } of (await connection.getStats()).values()) {
      if (type !== 'inbound-rtp') continue
      // Not `>`: Firefox may reset the counter.
      if (bytesReceived !== (before.get(id) ?? 0)) recordArrival(kind)
      before.set(id, bytesReceived)
    }
  }
  // One request per connection: in Firefox `getStats` of a closing connection never settles.
  const asked = new WeakSet<RTCPeerConnection>()
  const checkOnce = (connection: RTCPeerConnection): void => {
    if (asked.has(connection) || connection.connectionState === 'closed') return
    asked.add(connection)
    checkConnection(connection)
      .catch(() => undefined)
      .finally(() => asked.delete(connection))
  }
  setInterval(() => page.recordedConnections.forEach(checkOnce), intervalMs)
  page.readMeter = () => ({ now: Date.now(), lastArrivalAt, gaps, connectionCount: page.recordedConnections.length })
}

/** The script that installs the meter in a page. */
export const meterScript = `(${String(installMeter)})(${JSON.stringify({ minGapMs, intervalMs } satisfies MeterOptions)})`

/** Runs in a page and reads its meter. */
export const readMeter = (): MeterReading => window.readMeter()
