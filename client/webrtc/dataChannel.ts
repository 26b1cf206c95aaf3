import { type ChannelMessage, channelLimits, parseChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import { TokenBucket } from '../common/tokenBucket.ts'

/** The data channel to the other side, which no server sees (machines/protocol/dataChannelMessages.ts). */
export interface DataChannel {
  /** Drops the message while the channel is not open. */
  send(message: ChannelMessage): void
  /** Returns its undo. */
  subscribe(listener: (message: ChannelMessage) => void): () => void
}

export interface ClosableDataChannel extends DataChannel {
  close(): void
}

export interface DataChannelParts {
  /** Called once the channel is open; the function that it returns is called when the channel is not open any more. */
  onOpen(channel: DataChannel): () => void
  /** The other side sent more than `channelLimits` allow. The channel is closed; sound and pictures go on. Called at most once. */
  onFlood?(): void
  /** Milliseconds, from anywhere on. */
  now?(): number
}

/**
 * Opens the channel under an id that both sides know (RFC 8831 §6.4), so it is open as soon as the transport is connected.
 * Counts messages and bytes before anything reads them: 50,000 heartbeats in 6 s kept the page busy for 11 s.
 */
export function openDataChannel(
  pc: RTCPeerConnection,
  { onOpen, onFlood, now }: DataChannelParts,
): ClosableDataChannel {
  const channel = pc.createDataChannel('duet', { negotiated: true, id: 0 })
  const messages = new TokenBucket(channelLimits.messages, now)
  const bytes = new TokenBucket(channelLimits.bytes, now)
  const listeners = new Set<(message: ChannelMessage) => void>()
  let onClose = (): void => undefined

  const dataChannel: ClosableDataChannel = {
    send(message) {
      if (channel.readyState === 'open') channel.send(JSON.stringify(message))
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      channel.onopen = channel.onclose = channel.onmessage = null
      onClose()
      onClose = () => undefined
    },
  }
  channel.onopen = () => {
    onClose = onOpen(dataChannel)
  }
  channel.onclose = () => dataChannel.close()
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (!messages.take(1) || !bytes.take(messageBytes(data))) {
      dataChannel.close()
      channel.close()
      return onFlood?.()
    }
    const message = parseChannelMessage(data)
    if (message) for (const listener of listeners) listener(message)
  }
  // The other side may open more channels (RFC 8832), and their messages would pass uncounted.
  pc.addEventListener('datachannel', (event) => event.channel.close())
  return dataChannel
}

/** Characters of a text stand for its bytes: the limit is far above what an honest page sends. A Blob has a size, a buffer a byte length. */
function messageBytes(data: unknown): number {
  if (typeof data === 'string') return data.length
  return data instanceof ArrayBuffer ? data.byteLength : data instanceof Blob ? data.size : channelLimits.bytes.burst
}
