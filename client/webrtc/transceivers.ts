import type { Medium } from '../media/localTracks.ts'

/** The media of a connection in the order of their m-lines. A page from before `screen` has the first two only. */
export const media = ['audio', 'video', 'screen', 'screenAudio'] as const satisfies readonly Medium[]

/** True for a shared screen and its sound. */
export const isScreenMedium = (medium: Medium): boolean => medium === 'screen' || medium === 'screenAudio'

/** The kind of the tracks of a medium. */
export const kindOf = (medium: Medium): 'audio' | 'video' =>
  medium === 'audio' || medium === 'screenAudio' ? 'audio' : 'video'

/** Returns the transceiver of a medium: the first of its kind, or the second for a shared screen. */
export function findTransceiver(pc: RTCPeerConnection, medium: Medium): RTCRtpTransceiver | undefined {
  const ofKind = pc.getTransceivers().filter(({ receiver }) => receiver.track.kind === kindOf(medium))
  return ofKind[isScreenMedium(medium) ? 1 : 0]
}

/**
 * True if the peer shows a shared screen beside the camera. Such a page offers and answers the m-line of the screen as
 * `sendrecv`. An older page has no such m-line in its offer, and its browser answers `recvonly`. Until the answer, an
 * offerer does not know.
 */
export function isSideBySide(pc: RTCPeerConnection): boolean {
  const screen = findTransceiver(pc, 'screen')
  if (!screen) return false
  return (
    screen.currentDirection === 'sendrecv' || (!screen.currentDirection && pc.signalingState === 'have-remote-offer')
  )
}
