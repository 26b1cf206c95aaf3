export interface ConnectionAttempt {
  /** `connected`, or as it was given up. */
  finalState: string
  /** Types of candidates. */
  localTypes: string[]
  remoteTypes: string[]
  /** Connectivity checks (RFC 8445 §7), of the pair that had most. */
  requestsSent: number
  responsesReceived: number
}

/** Runs in a page: what its first connection with another one tries until a path is found or it is given up. */
export async function observeAttempt(): Promise<ConnectionAttempt> {
  const { recordedConnections } = window as unknown as { recordedConnections: RTCPeerConnection[] }
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
    // Pair after pair is forgotten before it fails: what was seen, was.
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
