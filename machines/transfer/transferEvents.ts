import type { TransferEndReason } from '../protocol/vocabulary.ts'

/** The sender has the file; the receiver stores it. */
export type TransferSide = 'sender' | 'receiver'

export interface TransferContext {
  side: TransferSide
  /** The size of the file in bytes. */
  size: number
  /** The sender offered the file on the open channel. False while no channel is open. */
  isOffered: boolean
  /** Why the transfer ended without the file; null otherwise. */
  reason: TransferEndReason | null
  /** The peer ended the transfer. */
  isEndedByPeer: boolean
}

export interface TransferInput {
  side: TransferSide
  size: number
  /** The channel is open, and for a receiver the offer arrived on it. */
  isOffered: boolean
}

export type TransferEvent =
  // from the user
  /** The receiver saves the file. */
  | { type: 'user.accepted' }
  /** Either side does not want the transfer. */
  | { type: 'user.cancelled' }
  // from the channel
  | { type: 'channel.opened' }
  | { type: 'channel.closed' }
  // from the peer
  /** The sender offered the file again, on a new channel. */
  | { type: 'peer.offered' }
  /** The sender's page no longer offers the file. */
  | { type: 'peer.forgot' }
  /** `offset`: the receiver has the bytes below it. */
  | { type: 'peer.accepted'; offset: number }
  | { type: 'peer.ended'; sha256: string }
  | { type: 'peer.stored' }
  | { type: 'peer.cancelled'; reason: TransferEndReason }
  | TransferContentEvent

/** Events of the actor `content`. */
export type TransferContentEvent =
  /** The receiver's storage is ready. It may hold bytes from before a reload. */
  | { type: 'storage.opened' }
  /** The sender sent the last byte. */
  | { type: 'content.sent'; sha256: string }
  /** The receiver has the whole file, and the hash matches. */
  | { type: 'content.verified' }
  | { type: 'content.failed'; reason: TransferEndReason }

/** The meaning of each event. */
export const transferEventDescriptions = {
  'user.accepted': 'The receiver saves the file.',
  'user.cancelled': 'The user declines the file, or cancels the transfer.',
  'channel.opened': 'The channel for files opened. The sender offers the file.',
  'channel.closed': 'The channel for files closed.',
  'peer.offered': 'The sender offered the file on a new channel.',
  'peer.forgot': 'The sender’s page was reloaded and lost the file.',
  'peer.accepted': 'The receiver wants the bytes from an offset.',
  'peer.ended': 'The sender sent the last byte, and the hash of the file.',
  'peer.stored': 'The receiver has the whole file.',
  'peer.cancelled': 'The peer ended the transfer, with a reason.',
  'storage.opened': 'The storage is ready, and the stored bytes are hashed.',
  'content.sent': 'The last byte was handed to the channel.',
  'content.verified': 'The hash of the stored file is the sender’s.',
  'content.failed': 'The file could not be read or stored, or it is not the offered one.',
} satisfies Record<TransferEvent['type'], string>

/** Commands to the actor `content`: the file of the sender, or the storage of the receiver. */
export type TransferContentCommand =
  /** Sends the file from an offset. */
  | { type: 'send'; offset: number }
  /** Stops sending: the channel closed. */
  | { type: 'pause' }
  /** Compares the stored file with the sender's hash. */
  | { type: 'verify'; sha256: string }

/** Messages that are due. The owner of the machine adds the id, and the offset of an `accept`. */
export type TransferEffect =
  | { type: 'offer.due' }
  | { type: 'accept.due' }
  | { type: 'end.due'; sha256: string }
  | { type: 'stored.due' }
  | { type: 'cancel.due'; reason: TransferEndReason }
