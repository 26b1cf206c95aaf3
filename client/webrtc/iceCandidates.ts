import type { Candidate } from '../../machines/protocol/messages.ts'

/** Browsers can dial by TCP, but not answer; and they send RTCP on the same way as RTP (RFC 5761). */
export const leadsSomewhere = ({ candidate, tcpType, component }: RTCIceCandidate): boolean =>
  candidate !== '' && tcpType !== 'active' && component !== 'rtcp'

/** What of a candidate goes to the other side. */
export const plain = ({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): Candidate =>
  ({ candidate, sdpMid, sdpMLineIndex, usernameFragment })

/** Gives the browser a candidate of the other side. @param refused the browser does not take it: one path less, and no reason to give up */
export async function take(pc: RTCPeerConnection, candidate: Candidate, refused: () => void): Promise<void> {
  // A connection that was closed meanwhile refuses everything.
  await pc.addIceCandidate(candidate).catch(() => { if (pc.signalingState !== 'closed') refused() })
}
