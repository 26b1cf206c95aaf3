import { contentLimits } from '../../machines/protocol/contentLimits.ts'
import { TokenBucket } from '../common/tokenBucket.ts'
import type { ContentChannel } from '../webrtc/contentChannel.ts'
import { SendQueue } from './sendQueue.ts'

/** Chunks for files that are not received: a cancelled file has at most a window of them on its way. */
const strayChunks = (contentLimits.openFilesPerSender * contentLimits.fileWindowBytes) / contentLimits.fileChunkBytes

/** An open channel for files, with the budgets of the peer. */
export interface TransferConnection {
  channel: ContentChannel
  queue: SendQueue
  messages: TokenBucket
  strays: TokenBucket
  /** The ids that the peer offered on this channel. */
  offered: Set<string>
}

/**
 * Starts the queue and the budgets of a channel.
 * @param now a monotonic clock in ms
 */
export function openTransferConnection(channel: ContentChannel, now: () => number): TransferConnection {
  const { fileMessageBurst, fileMessagesPerSecond: perSecond } = contentLimits
  return {
    channel,
    queue: new SendQueue(channel, now),
    messages: new TokenBucket({ burst: fileMessageBurst, perSecond }, now),
    strays: new TokenBucket({ burst: strayChunks, perSecond }, now),
    offered: new Set(),
  }
}
