/** A browser feature that a call needs and this browser lacks. */
export type MissingFeature = 'webrtc' | 'websocket'

type Scope = Partial<Pick<typeof globalThis, 'RTCPeerConnection' | 'WebSocket'>>

/**
 * Returns the first missing feature; null if none. It constructs an RTCPeerConnection, because extensions and policies
 * may leave the name defined but break the constructor.
 */
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

/**
 * True for an error that a retry cannot fix: a missing browser method or a programming error. False for errors caused
 * by the network or the peer.
 */
export const isPermanentError = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError ||
  (error instanceof DOMException && (error.name === 'NotSupportedError' || error.name === 'SecurityError'))
