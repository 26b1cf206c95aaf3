import type { Candidate } from '../machines/wire.ts'

/** Browsers can dial by TCP, but not answer; and they send RTCP on the same way as RTP (RFC 5761). */
export const leadsSomewhere = ({ candidate, tcpType, component }: RTCIceCandidate): boolean =>
  candidate !== '' && tcpType !== 'active' && component !== 'rtcp'

/** What of a candidate goes to the other side. */
export const plain = ({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): Candidate =>
  ({ candidate, sdpMid, sdpMLineIndex, usernameFragment })

/** One that the browser does not understand is one way less, and no reason to give up. */
export async function take(pc: RTCPeerConnection, candidate: Candidate): Promise<void> {
  await pc.addIceCandidate(candidate).catch(() => undefined)
}
