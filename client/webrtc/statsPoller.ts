/** How often the figures of a connection are read, in milliseconds. */
const pollIntervalMs = 500

/** Reads a connection's figures again and again, one report after the other. Returns what stops it. */
export function pollStats(pc: RTCPeerConnection, onReport: (report: RTCStatsReport) => void): () => void {
  let isReading = false
  let isStopped = false
  const timer = setInterval(() => {
    // A browser that is slow to answer is not asked twice.
    if (isReading) return
    isReading = true
    pc.getStats()
      .then(
        (report) => {
          if (!isStopped) onReport(report)
        },
        () => undefined,
      )
      .finally(() => {
        isReading = false
      })
  }, pollIntervalMs)
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}
