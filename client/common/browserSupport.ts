/** What a call needs that this browser does not have; null: nothing is missing. */
export type MissingFeature = 'webrtc' | 'websocket'

type Scope = Partial<Pick<typeof globalThis, 'RTCPeerConnection' | 'WebSocket'>>

/** Looks by trying: extensions and policies leave the name of RTCPeerConnection and take what it does. */
export function findMissingFeature({ RTCPeerConnection, WebSocket }: Scope): MissingFeature | null {
  if (typeof WebSocket !== 'function') return 'websocket'
  try {
    const pc = new RTCPeerConnection!()
    pc.close()
    return typeof RTCPeerConnection!.generateCertificate === 'function' && typeof pc.addTransceiver === 'function'
      ? null
      : 'webrtc'
  } catch {
    return 'webrtc'
  }
}

/** True for an error that a retry cannot mend: a method that the browser lacks, or a mistake of ours. Not for what a network or the other side causes. */
export const isPermanentError = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError ||
  (error instanceof DOMException && (error.name === 'NotSupportedError' || error.name === 'SecurityError'))
