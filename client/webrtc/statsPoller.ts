/** Interval of stats reports, in ms. */
const pollIntervalMs = 500

/** Reads the stats of a connection every 500 ms, one report at a time. Returns its stop function. */
export function pollStats(pc: RTCPeerConnection, onReport: (report: RTCStatsReport) => void): () => void {
  let isReading = false
  let isStopped = false
  const timer = setInterval(() => {
    // A slow browser gets no second request.
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
