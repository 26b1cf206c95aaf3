import { limits } from '../../machines/protocol/limits.ts'

/** The user of a content channel. */
export interface ContentListener {
  /** Called with each message, in order. */
  onMessage(data: string | ArrayBuffer): void
  /** Called once, when either side or the connection closes the channel. */
  onClose(): void
}

/** A data channel for content of the two people: ordered, reliable, and closed with its connection. */
export interface ContentChannel {
  /** Sends a message, after the channel is open. Returns false if it is closed or the browser rejects the message. */
  send(data: string | ArrayBuffer): boolean
  /** Bytes that wait in this browser. */
  readonly bufferedAmount: number
  /** Calls the listener each time `bufferedAmount` falls to `bytes`. It replaces an earlier listener. Returns its stop function. */
  onBufferLow(bytes: number, listener: () => void): () => void
  /**
   * Delivers the messages that arrived so far, and later ones. There is one listener at a time. Returns its stop
   * function.
   */
  subscribe(listener: ContentListener): () => void
  /** Closes the channel. The connection continues. May be called twice. */
  close(): void
}

/** The channels for content of one connection. */
export interface ContentChannels {
  chat: ContentChannel
  files: ContentChannel
}

/**
 * Wraps a data channel. It keeps messages until there is a listener, because the code of the listener loads later. Above
 * `limits.contentBacklogBytes` it closes the channel.
 */
export function openContentChannel(channel: RTCDataChannel): ContentChannel {
  channel.binaryType = 'arraybuffer'
  let listener: ContentListener | null = null
  let isClosed = false
  /** Messages that arrived before a listener, and their size. */
  let backlog: (string | ArrayBuffer)[] = []
  let backlogBytes = 0
  /** Messages that were sent before the channel opened. */
  let waiting: (string | ArrayBuffer)[] = []

  const onClose = (): void => {
    if (isClosed) return
    isClosed = true
    channel.onopen = channel.onmessage = channel.onclose = channel.onbufferedamountlow = null
    backlog = []
    waiting = []
    listener?.onClose()
  }
  const close = (): void => {
    channel.close()
    onClose()
  }
  const send = (data: string | ArrayBuffer): boolean => {
    if (isClosed) return false
    if (channel.readyState === 'connecting') return waiting.push(data) > 0
    try {
      channel.send(data as string)
      return true
    } catch {
      // The channel is closing, its buffer is full, or the peer takes no message of this size.
      return false
    }
  }

  channel.onopen = () => {
    for (const data of waiting.splice(0)) send(data)
  }
  channel.onclose = onClose
  channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (listener) return listener.onMessage(data)
    backlogBytes += typeof data === 'string' ? data.length : data.byteLength
    if (backlogBytes > limits.contentBacklogBytes) close()
    else backlog.push(data)
  }

  return {
    send,
    get bufferedAmount() {
      return channel.bufferedAmount
    },
    onBufferLow(bytes, onLow) {
      channel.bufferedAmountLowThreshold = bytes
      channel.onbufferedamountlow = onLow
      return () => {
        if (channel.onbufferedamountlow === onLow) channel.onbufferedamountlow = null
      }
    },
    subscribe(given) {
      listener = given
      backlogBytes = 0
      for (const data of backlog.splice(0)) if (listener === given) given.onMessage(data)
      if (isClosed) given.onClose()
      return () => {
        if (listener === given) listener = null
      }
    },
    close,
  }
}
