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

/** A data channel and the messages that arrived before its user was loaded. */
export interface HeldChannel {
  channel: RTCDataChannel
  messages: (string | ArrayBuffer)[]
}

/** Wraps a held channel. The messages wait for the first listener. */
export function openContentChannel({ channel, messages }: HeldChannel): ContentChannel {
  let listener: ContentListener | null = null
  let isClosed = channel.readyState === 'closing' || channel.readyState === 'closed'
  /** Messages that were sent before the channel opened. */
  const waiting: (string | ArrayBuffer)[] = []

  const onClose = (): void => {
    if (isClosed) return
    isClosed = true
    channel.onopen = channel.onmessage = channel.onclose = channel.onbufferedamountlow = null
    messages.length = waiting.length = 0
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
    if (listener) listener.onMessage(data)
    else messages.push(data)
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
      for (const data of messages.splice(0)) if (listener === given) given.onMessage(data)
      if (isClosed) given.onClose()
      return () => {
        if (listener === given) listener = null
      }
    },
    close,
  }
}
