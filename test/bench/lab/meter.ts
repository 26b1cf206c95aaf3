export type Kind = 'audio' | 'video'

/** Nothing arrived between these times, in milliseconds of Unix time. */
export interface Gap { kind: Kind; from: number; to: number }

/** What a page's meter says: times are of this machine's clock, which all pages share. */
export interface Reading {
  now: number
  /** When something arrived last. */
  last: Record<Kind, number>
  gaps: Gap[]
  /** How many peer connections the page has made. */
  connections: number
}

/** Shorter pauses are a busy machine's. */
export const pause = 500
const every = 100

interface MeterParts { pause: number; every: number }

/** Notes when media arrives (`inbound-rtp.bytesReceived`). It runs in a page before the page's own scripts, sent as its text. */
function meter({ pause, every }: MeterParts): void {
  const page = window as unknown as { madeConnections: RTCPeerConnection[]; readMeter: () => Reading }
  const kept = 200
  const start = Date.now()
  const last = { audio: start, video: start }
  const gaps: Gap[] = []
  const bytes = new WeakMap<RTCPeerConnection, Map<string, number>>()

  const note = (kind: Kind): void => {
    const now = Date.now()
    if (now - last[kind] > pause) gaps.push({ kind, from: last[kind], to: now })
    if (gaps.length > kept) gaps.shift()
    last[kind] = now
  }
  const look = async (connection: RTCPeerConnection): Promise<void> => {
    const before = bytes.get(connection) ?? new Map<string, number>()
    bytes.set(connection, before)
    for (const { type, id, kind, bytesReceived = 0 } of (await connection.getStats()).values()) {
      if (type !== 'inbound-rtp') continue
      // Not greater: Firefox may begin to count anew.
      if (bytesReceived !== (before.get(id) ?? 0)) note(kind)
      before.set(id, bytesReceived)
    }
  }
  /** One at a time for each: Firefox never answers who asks a connection that is being closed. */
  const asked = new WeakSet<RTCPeerConnection>()
  const ask = (connection: RTCPeerConnection): void => {
    if (asked.has(connection) || connection.connectionState === 'closed') return
    asked.add(connection)
    look(connection).catch(() => undefined).finally(() => asked.delete(connection))
  }
  setInterval(() => page.madeConnections.forEach(ask), every)
  page.readMeter = () => ({ now: Date.now(), last, gaps, connections: page.madeConnections.length })
}

export const meterScript = `(${String(meter)})(${JSON.stringify({ pause, every } satisfies MeterParts)})`

export const readMeter = (): Reading => (window as unknown as { readMeter(): Reading }).readMeter()
