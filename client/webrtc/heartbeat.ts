import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import type { DataChannel } from './dataChannel.ts'

/** Reads the local media state and receives the remote one. */
export interface MediaStateExchange {
  readLocal(): MediaState
  /** Calls at each change; returns its undo. */
  subscribe(changed: () => void): () => void
  onRemote(media: MediaState): void
}

/** Sends the local media state on the channel at each change and once a second, and receives the remote one. Returns its stop function. */
export function exchangeHeartbeats(channel: DataChannel, media: MediaStateExchange): () => void {
  let sentSeq = 0
  let receivedSeq = 0
  const sendHeartbeat = (): void => channel.send({ type: 'heartbeat', seq: ++sentSeq, media: media.readLocal() })
  const timer = setInterval(sendHeartbeat, timeouts.heartbeatIntervalMs)
  const stops = [
    () => clearInterval(timer),
    media.subscribe(sendHeartbeat),
    channel.subscribe((message) => {
      if (message.type !== 'heartbeat' || message.seq <= receivedSeq) return
      receivedSeq = message.seq
      media.onRemote(message.media)
    }),
  ]
  sendHeartbeat()
  return () => stops.forEach((stop) => stop())
}
