export type MediaKind = 'audio' | 'video'

/** Nothing arrived between these times, in milliseconds of Unix time. */
export interface Gap {
  kind: MediaKind
  from: number
  to: number
}

/** What a page's meter says: times are of this machine's clock, which all pages share. */
export interface MeterReading {
  now: number
  /** When something arrived last. */
  lastArrivalAt: Record<MediaKind, number>
  gaps: Gap[]
  /** How many peer connections the page has made. */
  connectionCount: number
}

/** Shorter pauses are a busy machine's. */
export const minGapMs = 500
const intervalMs = 100

interface MeterOptions {
  minGapMs: number
  intervalMs: number
}

/** Notes when media arrives (`inbound-rtp.bytesReceived`). It runs in a page before the page's own scripts, sent as its text. */
function installMeter({ minGapMs, intervalMs }: MeterOptions): void {
  const page = window as unknown as { recordedConnections: RTCPeerConnection[]; readMeter: () => MeterReading }
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
      // Not greater: Firefox may begin to count anew.
      if (bytesReceived !== (before.get(id) ?? 0)) recordArrival(kind)
      before.set(id, bytesReceived)
    }
  }
  /** One at a time for each: Firefox never answers who asks a connection that is being closed. */
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

export const meterScript = `(${String(installMeter)})(${JSON.stringify({ minGapMs, intervalMs } satisfies MeterOptions)})`

export const readMeter = (): MeterReading => (window as unknown as { readMeter(): MeterReading }).readMeter()
