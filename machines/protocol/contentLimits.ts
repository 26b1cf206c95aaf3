/**
 * The limits of content, which only pages enforce. Their own file, because it is not in the first load of a page
 * (limits.ts).
 */
export const contentLimits = {
  /** One text of the chat: a long e-mail. */
  chatTextCharacters: 4_000,
  /** A text with its envelope. JSON escapes quotes, backslashes and line ends, so each may take two characters. */
  chatMessageCharacters: 8_200,
  /** Own texts that wait for a connection to the peer. */
  chatWaitingTexts: 100,
  /** Texts that are sent before the peer acknowledges them. With `timeouts.chatAckMs` a page sends at most 80 a second. */
  chatUnacknowledgedTexts: 16,
  /** Texts that the chat keeps and shows: an hour of a lively chat. */
  chatKeptTexts: 500,
  /** The same in characters, so that the storage of a tab (5 MB) and the page stay small. */
  chatKeptCharacters: 200_000,
  /** Twelve windows of unacknowledged texts. Above the rate the chat channel is closed. */
  chatMessageBurst: 200,
  /** At most 80 texts, and an acknowledgement for each of the peer's five. */
  chatMessagesPerSecond: 100,
  /** All waiting texts at their full length. A character counts as one byte. */
  chatByteBurst: 1024 * 1024,
  /** 80 texts at their full length have 656,000 bytes. */
  chatBytesPerSecond: 1024 * 1024,
} as const
