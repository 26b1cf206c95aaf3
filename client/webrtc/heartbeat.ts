import { timeouts } from '../../machines/protocol/timeouts.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { type DataChannel, listenFor } from './dataChannel.ts'

/** Reads the local media state and receives the remote one. */
export interface MediaStateExchange {
  readLocal(): MediaState
  /** Calls `changed` at each change. Returns its stop function. */
  subscribe(changed: () => void): () => void
  onRemote(media: MediaState): void
}

/**
 * Sends the local media state at each change and once per second, and receives the remote one. Older heartbeats are
 * ignored. Returns its stop function.
 */
export function exchangeHeartbeats(channel: DataChannel, media: MediaStateExchange): () => void {
  let sentSeq = 0
  let receivedSeq = 0
  const sendHeartbeat = (): void => channel.send({ type: 'heartbeat', seq: ++sentSeq, media: media.readLocal() })
  const timer = setInterval(sendHeartbeat, timeouts.heartbeatIntervalMs)
  const stops = [
    () => clearInterval(timer),
    media.subscribe(sendHeartbeat),
    channel.subscribe(
      listenFor<'heartbeat'>({
        heartbeat: (message) => {
          if (message.seq <= receivedSeq) return
          receivedSeq = message.seq
          media.onRemote(message.media)
        },
      }),
    ),
  ]
  sendHeartbeat()
  return () => stops.forEach((stop) => stop())
}
