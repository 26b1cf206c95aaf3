import { type ChannelMessage, readChannelMessage } from '../machines/channel.ts'

/** The way to the other side that no server sees (machines/channel.ts). */
export interface Channel {
  /** What is said while it is not open is not heard. */
  say(message: ChannelMessage): void
  /** Returns its undo. */
  watch(listener: (message: ChannelMessage) => void): () => void
}

export interface OpenChannel extends Channel {
  close(): void
}

/**
 * Both sides know its number beforehand (RFC 8831 §6.4, negotiated outside of it), so it is open as soon as there is a way, and
 * neither has to tell the other.
 * @param opened calls once it is open; what it returns is called when it is not any more
 */
export function openChannel(pc: RTCPeerConnection, opened: (channel: Channel) => () => void): OpenChannel {
  const channel = pc.createDataChannel('duet', { negotiated: true, id: 0 })
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
  channel.onmessage = ({ data }) => {
    const message = readChannelMessage(data)
    if (message) for (const listener of listeners) listener(message)
  }
  return talk
}
