import type { Candidate } from '../../machines/protocol/messages.ts'

/**
 * True if the peer can use the candidate. Browsers can open TCP connections but not accept them, and they multiplex
 * RTCP with RTP (RFC 5761).
 */
export const isUsableCandidate = ({ candidate, tcpType, component }: RTCIceCandidate): boolean =>
  candidate !== '' && tcpType !== 'active' && component !== 'rtcp'

/** Returns the candidate fields that are sent to the peer. */
export const toCandidateInit = ({
  candidate,
  sdpMid,
  sdpMLineIndex,
  usernameFragment,
}: RTCIceCandidate): Candidate => ({ candidate, sdpMid, sdpMLineIndex, usernameFragment })

/**
 * Adds a remote candidate. Never rejects.
 * @param onRejected called if the browser rejects the candidate; the call continues without it
 */
export async function addCandidate(pc: RTCPeerConnection, candidate: Candidate, onRejected: () => void): Promise<void> {
  // A closed connection rejects every candidate.
  await pc.addIceCandidate(candidate).catch(() => {
    if (pc.signalingState !== 'closed') onRejected()
  })
}
