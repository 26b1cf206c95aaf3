import type { ReceivedPosition } from '../protocol/chatMessages.ts'

/** An own text that the peer has not acknowledged. */
export interface OutgoingText {
  seq: number
  /** Of its entry. */
  id: number
  text: string
  /** When the person sent it, in ms since 1970. */
  atMs: number
}

/** A text that the chat shows. */
export interface ChatEntry {
  /** Counts from 1 in this page's stay, in the order in which the texts appeared. */
  id: number
  from: 'own' | 'peer'
  text: string
  /** In ms since 1970 on this page's clock. */
  atMs: number
}

/** The part of the chat that survives a reload. */
export interface StoredChat {
  /** This page's stay. */
  stay: string
  /** The peer's stay; null until its first hello. */
  peerStay: string | null
  /** The newest text of the peer's stay; 0 without one. */
  receivedSeq: number
  /** The newest own text; 0 without one. */
  sentSeq: number
  /** Own texts without an acknowledgement, oldest first. */
  outbox: readonly OutgoingText[]
  /** The newest texts of both people, oldest first. */
  entries: readonly ChatEntry[]
  /** The id of the newest entry. */
  entryId: number
  /** Texts that were dropped, because the chat keeps only the newest. */
  droppedCount: number
}

export interface ChatContext extends StoredChat {
  /** The peer's page has a chat. */
  isOffered: boolean
  /** The newest text that was sent over this channel; 0 before the first. */
  channelSeq: number
  isPanelShown: boolean
  /** Texts of the peer since the panel was last shown. */
  unreadCount: number
}

export type ChatEvent =
  // from the channel
  /** Both pages have a chat, and there is a channel for it. */
  | { type: 'channel.opened' }
  | { type: 'channel.closed' }
  /** The peer exceeded a rate limit of the chat. */
  | { type: 'channel.flooded' }
  | { type: 'hello.received'; stay: string; received: ReceivedPosition | null }
  /** `atMs`: when the peer sent it, on this page's clock. */
  | { type: 'text.received'; seq: number; text: string; atMs: number }
  | { type: 'ack.received'; seq: number }
  // from the page
  | { type: 'user.sent'; text: string; atMs: number }
  | { type: 'panel.shown' }
  | { type: 'panel.hidden' }
  /** Another person may be the peer now, or the visit ended. `stay`: the id of the next stay. */
  | { type: 'chat.cleared'; stay: string }
  /** This tab continues the call, and has the chat of the other tab. */
  | { type: 'chat.handedOver'; chat: StoredChat }

/** The meaning of each event. */
export const chatEventDescriptions = {
  'channel.opened': 'The chat channel of a connection is there, and the peer’s page has a chat, too.',
  'channel.closed': 'The chat channel ended, alone or with its connection.',
  'channel.flooded': 'The peer sent more than the rate limit of the chat allows.',
  'hello.received': 'The peer named its stay and the newest text that it has.',
  'text.received': 'A text of the peer arrived. It’s shown if it’s the next one.',
  'ack.received': 'The peer stored the texts up to this number.',
  'user.sent': 'The user sent a text. It’s shown at once and waits until the peer has it.',
  'panel.shown': 'The user opened the chat, so its texts are read.',
  'panel.hidden': 'The user closed the chat, so new texts are unread.',
  'chat.cleared': 'Another person may be the peer now, or the visit ended. The chat forgets all texts.',
  'chat.handedOver': 'This tab took the call over from another tab, with its chat.',
} satisfies Record<ChatEvent['type'], string>

export type ChatEffect =
  | { type: 'hello.outgoing' }
  /** The texts are next in the order of the stay. */
  | { type: 'texts.outgoing'; texts: readonly OutgoingText[] }
  /** The newest received text needs an acknowledgement. */
  | { type: 'ack.outgoing' }
  /** A text of the peer is new. */
  | { type: 'text.arrived'; entry: ChatEntry }
  | { type: 'channel.rejected' }
