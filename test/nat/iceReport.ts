/** One open connection, as text that explains why it uses its candidate pair. */
export interface IceReport {
  /** The states of the page's machines. */
  call: string | undefined
  policy: string | undefined
  /** The username fragments of both descriptions, and the candidates in them. */
  local: string[]
  remote: string[]
  /** State, candidates, and connectivity checks of each pair: requests sent, responses received. */
  pairs: string[]
}

/** Runs inside a page. Describes its open connections, for the message of a failed test. */
export async function reportIce(): Promise<IceReport[]> {
  const open = window.recordedConnections.filter(({ connectionState }) => connectionState !== 'closed')
  const { call } = document.querySelector('main')?.dataset ?? {}
  return Promise.all(
    open.map(async (pc) => {
      const all = [...(await pc.getStats()).values()]
      const candidate = (wanted: string): string => {
        const { candidateType, protocol, address, port } = all.find(({ id }) => id === wanted) ?? {}
        return `${candidateType} ${protocol} ${address}:${port}`
      }
      const list = (description: RTCSessionDescription | null): string[] => [
        ...(description?.sdp.match(/^a=(ice-ufrag|candidate).*/gm) ?? []),
      ]
      return {
        call,
        policy: pc.getConfiguration().iceTransportPolicy,
        local: list(pc.currentLocalDescription),
        remote: list(pc.currentRemoteDescription),
        pairs: all
          .filter(({ type }) => type === 'candidate-pair')
          .map(({ state, localCandidateId, remoteCandidateId, requestsSent, responsesReceived }) =>
            [state, candidate(localCandidateId), candidate(remoteCandidateId), requestsSent, responsesReceived].join(
              ' ',
            ),
          ),
      }
    }),
  )
}
