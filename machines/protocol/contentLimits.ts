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
  /** A week at 1 Mbit/s. Larger numbers come from mistakes. */
  fileBytes: 64 * 1024 ** 3,
  /** Without a private file system the file is in memory. A phone gives a page about 1 GB. */
  fileBytesInMemory: 500 * 1000 ** 2,
  /** File systems allow 255 bytes; the browser may add ` (1)`. */
  fileNameBytes: 200,
  /** A chunk of 16 KiB delays a heartbeat by 130 ms at 1 Mbit/s. SCTP finishes a message before the next one. */
  fileChunkBytes: 16 * 1024,
  /** Sent bytes without acknowledgement: 10 MB/s at a round trip of 100 ms. */
  fileWindowBytes: 1024 * 1024,
  /** Received bytes that wait for the disk. A sender that ignores its window gets the channel closed. */
  fileUnstoredBytes: 16 * 1024 * 1024,
  /** One part of a stored file: a reload loses at most this and what waits. */
  filePartBytes: 4 * 1024 * 1024,
  /** The longest valid text message about files has a name of 200 characters, escaped as JSON. */
  fileMessageCharacters: 2_000,
  /** After a reconnect each side repeats its open offers and accepts those of the peer. */
  fileMessageBurst: 128,
  /** A user offers, accepts or cancels a few files. Above the rate the channel is closed. */
  fileMessagesPerSecond: 10,
  /** Files of one sender that have not arrived yet. The receiver rejects more. */
  openFilesPerSender: 20,
  /** Ended files that the list of a page shows. It drops the oldest. */
  endedFiles: 100,
} as const
