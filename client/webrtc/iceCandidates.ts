import type { Candidate } from '../../machines/protocol/messages.ts'

/** Browsers can open TCP but not accept it, and they multiplex RTCP with RTP (RFC 5761). */
export const isUsableCandidate = ({ candidate, tcpType, component }: RTCIceCandidate): boolean =>
  candidate !== '' && tcpType !== 'active' && component !== 'rtcp'

/** What of a candidate goes to the other side. */
export const toCandidateInit = ({
  candidate,
  sdpMid,
  sdpMLineIndex,
  usernameFragment,
}: RTCIceCandidate): Candidate => ({ candidate, sdpMid, sdpMLineIndex, usernameFragment })

/** Gives the browser a candidate of the other side. @param onRejected the browser rejects it: one candidate less, the call goes on */
export async function addCandidate(pc: RTCPeerConnection, candidate: Candidate, onRejected: () => void): Promise<void> {
  // A connection that was closed meanwhile refuses everything.
  await pc.addIceCandidate(candidate).catch(() => {
    if (pc.signalingState !== 'closed') onRejected()
  })
}
