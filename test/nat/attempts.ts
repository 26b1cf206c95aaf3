export interface Attempt {
  /** `connected`, or as it was given up. */
  end: string
  /** Types of candidates. */
  local: string[]
  remote: string[]
  /** Connectivity checks (RFC 8445 §7), of the pair that had most. */
  asked: number
  answered: number
}

/** Runs in a page: what its first connection with another one tries until a path is found or it is given up. */
export async function attempt(): Promise<Attempt> {
  const { madeConnections } = window as unknown as { madeConnections: RTCPeerConnection[] }
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))
  const find = (): RTCPeerConnection | undefined => madeConnections.find(({ remoteDescription }) => remoteDescription)
  while (!find()) await pause()
  const connection = find()!
  const seen: Attempt = { end: '', local: [], remote: [], asked: 0, answered: 0 }
  const typesOf = (all: { type: string; candidateType?: string }[], wanted: string): string[] =>
    all.flatMap(({ type, candidateType }) => (type === wanted && candidateType ? [candidateType] : []))
  while (!['connected', 'failed', 'closed'].includes(connection.connectionState)) {
    const all = [...(await connection.getStats()).values()]
    const pairs = all.filter(({ type }) => type === 'candidate-pair')
    // Pair after pair is forgotten before it fails: what was seen, was.
    seen.local = [...new Set([...seen.local, ...typesOf(all, 'local-candidate')])].sort()
    seen.remote = [...new Set([...seen.remote, ...typesOf(all, 'remote-candidate')])].sort()
    seen.asked = Math.max(seen.asked, ...pairs.map(({ requestsSent }) => requestsSent))
    seen.answered = Math.max(seen.answered, ...pairs.map(({ responsesReceived }) => responsesReceived))
    await pause()
  }
  return { ...seen, end: connection.connectionState }
}
