import { type ChannelMessage, channelLimits, readChannelMessage } from '../../machines/protocol/dataChannelMessages.ts'
import { Allowance } from '../common/tokenBucket.ts'

/** The way to the other side that no server sees (machines/protocol/dataChannelMessages.ts). */
export interface Channel {
  /** Drops the message while the channel is not open. */
  say(message: ChannelMessage): void
  /** Returns its undo. */
  watch(listener: (message: ChannelMessage) => void): () => void
}

export interface OpenChannel extends Channel {
  close(): void
}

export interface ChannelParts {
  /** Called once the channel is open; the function that it returns is called when the channel is not open any more. */
  opened(channel: Channel): () => void
  /** The other side sent more than `channelLimits` allow. The channel is closed; sound and pictures go on. Called at most once. */
  flooded?(): void
  /** Milliseconds, from anywhere on. */
  now?(): number
}

/**
 * Opens the channel under a number that both sides know (RFC 8831 §6.4, negotiated out of band), so it is open as soon as there is a path.
 * Counts messages and bytes before anything reads them: 50,000 beats in 6 s had kept the page busy for 11 s.
 */
export function openChannel(pc: RTCPeerConnection, { opened, flooded, now }: ChannelParts): OpenChannel {
  const channel = pc.createDataChannel('duet', { negotiated: true, id: 0 })
  const messages = new Allowance(channelLimits.messages, now)
  const bytes = new Allowance(channelLimits.bytes, now)
  const listeners = new Set<(message: ChannelMessage) => void>()
  let undo = (): void => undefined

  const talk: OpenChannel = {
    say(message) {
      if (channel.readyState === 'open') channel.send(JSON.stringify(message))
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      channel.onopen = channel.onclose = channel.onmessage = null
      undo()
      undo = () => undefined
    },
  }
  channel.onopen = () => { undo = opened(talk) }
  channel.onclose = () => talk.close()
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (!messages.take(1) || !bytes.take(sizeOf(data))) {
      talk.close()
      channel.close()
      return flooded?.()
    }
    const message = readChannelMessage(data)
    if (message) for (const listener of listeners) listener(message)
  }
  // The other side may open more channels (RFC 8832), and their messages would pass uncounted.
  pc.addEventListener('datachannel', (event) => event.channel.close())
  return talk
}

/** Characters of a text stand for its bytes: the limit is far above what an honest page sends. A Blob has a size, a buffer a byte length. */
function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  return data instanceof ArrayBuffer ? data.byteLength : data instanceof Blob ? data.size : channelLimits.bytes.burst
}
