import { timers } from '../../machines/protocol/timeouts.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import type { Channel } from './dataChannel.ts'

/** What this side sends, and who shows what the other one says that it sends. */
export interface MediaTalk {
  now(): MediaState
  /** Calls at each change; returns its undo. */
  watch(changed: () => void): () => void
  show(media: MediaState): void
}

/** Says on the channel what this side sends, at each change and once a second, and hears the same. Returns what stops it. */
export function exchangeBeats(channel: Channel, media: MediaTalk): () => void {
  let said = 0
  let heard = 0
  const beat = (): void => channel.say({ type: 'beat', n: ++said, media: media.now() })
  const timer = setInterval(beat, timers.beat)
  const stops = [
    () => clearInterval(timer),
    media.watch(beat),
    channel.watch((message) => {
      if (message.type !== 'beat' || message.n <= heard) return
      heard = message.n
      media.show(message.media)
    }),
  ]
  beat()
  return () => stops.forEach((stop) => stop())
}
