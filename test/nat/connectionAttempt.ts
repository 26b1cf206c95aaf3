/** The candidates, checks and outcome of a peer connection. */
export interface ConnectionAttempt {
  /** The final `connectionState`: `connected`, `failed` or `closed`. */
  finalState: string
  /** Types of the gathered and of the received candidates, sorted. */
  localTypes: string[]
  remoteTypes: string[]
  /** Connectivity checks (RFC 8445 §7) of the pair with the most. */
  requestsSent: number
  responsesReceived: number
}

/** Runs in a page. Observes its first connection with a peer until it is connected, failed or closed. */
export async function observeAttempt(): Promise<ConnectionAttempt> {
  const { recordedConnections } = window
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))
  const find = (): RTCPeerConnection | undefined =>
    recordedConnections.find(({ remoteDescription }) => remoteDescription)
  while (!find()) await pause()
  const connection = find()!
  const seen: ConnectionAttempt = {
    finalState: '',
    localTypes: [],
    remoteTypes: [],
    requestsSent: 0,
    responsesReceived: 0,
  }
  const typesOf = (all: { type: string; candidateType?: string }[], wanted: string): string[] =>
    all.flatMap(({ type, candidateType }) => (type === wanted && candidateType ? [candidateType] : []))
  while (!['connected', 'failed', 'closed'].includes(connection.connectionState)) {
    const all = [...(await connection.getStats()).values()]
    const pairs = all.filter(({ type }) => type === 'candidate-pair')
    // The browser removes pairs before the connection fails, so the maxima are kept.
    seen.localTypes = [...new Set([...seen.localTypes, ...typesOf(all, 'local-candidate')])].sort()
    seen.remoteTypes = [...new Set([...seen.remoteTypes, ...typesOf(all, 'remote-candidate')])].sort()
    seen.requestsSent = Math.max(seen.requestsSent, ...pairs.map(({ requestsSent }) => requestsSent))
    seen.responsesReceived = Math.max(
      seen.responsesReceived,
      ...pairs.map(({ responsesReceived }) => responsesReceived),
    )
    await pause()
  }
  return { ...seen, finalState: connection.connectionState }
}
