import {
  type ChannelHandlers,
  type ChannelMessage,
  type ChannelReceiver,
  parseChannelMessage,
} from '../../machines/protocol/dataChannelMessages.ts'
import { limits } from '../../machines/protocol/limits.ts'
import { TokenBucket } from '../common/tokenBucket.ts'

/** The data channel to the peer, which no server can read (machines/protocol/dataChannelMessages.ts). */
export interface DataChannel {
  /** Sends a message. Drops it while the channel is not open. */
  send(message: ChannelMessage): void
  /** Calls the listener with each valid message. Returns its stop function. */
  subscribe(listener: (message: ChannelMessage) => void): () => void
}

/** A data channel that its owner can close. */
export interface ClosableDataChannel extends DataChannel {
  /** Detaches the channel and calls the function that `onOpen` returned. May be called twice. */
  close(): void
}

/** Returns a listener that passes the messages of one receiver to their handlers, and ignores all others. */
export const listenFor =
  <R extends ChannelReceiver>(handlers: ChannelHandlers<R>) =>
  (message: ChannelMessage): void =>
    (handlers as unknown as Partial<Record<string, (message: ChannelMessage) => void>>)[message.type]?.(message)

/** Listeners of `openDataChannel` and its clock. */
export interface DataChannelParts {
  /** Called when the channel opens. The function that it returns is called when the channel closes. */
  onOpen(channel: DataChannel): () => void
  /** Called at most once, when the peer exceeds a rate limit of the channel and the channel is closed. Media continues. */
  onFlood?(): void
  /** A monotonic clock in ms. */
  now?(): number
  /** The messages that arrived so far, if the channel is open already. */
  received?: readonly unknown[] | undefined
}

/**
 * Uses the control channel of a connection (peerChannels.ts), or takes over an open one. It counts messages and bytes
 * before parsing them: 50,000 heartbeats in 6 s kept the page busy for 11 s.
 */
export function openDataChannel(
  pc: RTCPeerConnection,
  channel: RTCDataChannel,
  { onOpen, onFlood, now, received }: DataChannelParts,
): ClosableDataChannel {
  const messages = new TokenBucket(
    { burst: limits.channelMessageBurst, perSecond: limits.channelMessagesPerSecond },
    now,
  )
  const bytes = new TokenBucket({ burst: limits.channelByteBurst, perSecond: limits.channelBytesPerSecond }, now)
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
  // The peer may open more channels (RFC 8832), whose messages would bypass the limits.
  pc.addEventListener('datachannel', (event) => event.channel.close())
  if (received) {
    onClose = onOpen(dataChannel)
    for (const data of received) channel.onmessage?.({ data } as MessageEvent)
  }
  return dataChannel
}

/** Returns the size of a message. A character counts as one byte, because the limit is far above normal traffic. */
function messageBytes(data: unknown): number {
  if (typeof data === 'string') return data.length
  return data instanceof ArrayBuffer ? data.byteLength : data instanceof Blob ? data.size : limits.channelByteBurst
}
