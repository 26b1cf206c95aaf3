/** The data channels for content. Their users read them with `openContentChannel` (contentChannel.ts). */
export interface ContentDataChannels {
  chat: RTCDataChannel
  files: RTCDataChannel
}

/** The data channels of one connection. */
export interface PeerChannels extends ContentDataChannels {
  /** Heartbeats, hang-up and other control messages (dataChannel.ts). */
  control: RTCDataChannel
}

/** RTCDataChannelInit with the member that Chromium has (webrtc-priority §4.2). Firefox ignores it. */
type ChannelInit = RTCDataChannelInit & { priority?: 'very-low' | 'low' | 'medium' | 'high' }

/**
 * Creates the channels with negotiated ids (RFC 8831 §6.4), so they open as soon as the transport connects. An older
 * page has only the control channel, and drops the messages of the others.
 */
export function createPeerChannels(pc: RTCPeerConnection): PeerChannels {
  const create = (label: string, init: ChannelInit): RTCDataChannel =>
    pc.createDataChannel(label, { negotiated: true, ...init })
  return {
    control: create('duet', { id: 0, priority: 'high' }),
    chat: create('chat', { id: 1, priority: 'medium' }),
    files: create('files', { id: 2, priority: 'very-low' }),
  }
}
