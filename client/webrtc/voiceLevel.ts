import { findTransceiver } from './transceivers.ts'

/** Audio level that counts as 1: about the loudest speech. */
const loudestLevel = 0.25

/**
 * Returns the momentary level of the peer's voice, 0 to 1 (`audioLevel`, webrtc-pc §5.3.1). Silence if the browser
 * reports none. An AudioContext would be suspended in a Firefox without an output device.
 */
export function readVoiceLevel(pc: RTCPeerConnection): number {
  const sources = findTransceiver(pc, 'audio')?.receiver.getSynchronizationSources() ?? []
  return Math.min(1, Math.max(0, ...sources.map(({ audioLevel = 0 }) => audioLevel)) / loudestLevel)
}
