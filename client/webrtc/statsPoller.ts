/** How often the figures of a connection are read, in milliseconds. */
const interval = 500

/** Reads a connection's figures again and again, one report after the other. Returns what stops it. */
export function takePulse(pc: RTCPeerConnection, read: (report: RTCStatsReport) => void): () => void {
  let isReading = false
  let isOver = false
  const timer = setInterval(() => {
    // A browser that is slow to answer is not asked twice.
    if (isReading) return
    isReading = true
    pc.getStats().then((report) => { if (!isOver) read(report) }, () => undefined).finally(() => { isReading = false })
  }, interval)
  return () => {
    isOver = true
    clearInterval(timer)
  }
}
