/**
 * Every size and rate limit. The unit is in the name, the reason in the comment; times are in timeouts.ts.
 * test/server/limits/limits.test.ts fails for a row without a reason or without a test that exceeds it; docs/protocol.md lists the rows.
 * The quotas of the relay stand beside it (turn/core/quotas.ts).
 */

/** Limits that the browser keeps to as well. */
export const limits = {
  /** The longest description and its envelope fit twice; no message of ours is longer. */
  frameBytes: 64 * 1024,
  /** Stock tRPC clients gather the requests of one tick into one frame. */
  requestsPerFrame: 10,
  /** A page joins one room; other clients may join a few over one socket. */
  subscriptionsPerSocket: 8,
  /** An offer, its candidates and two retries, all at once. */
  messageBurst: 60,
  /** A page sends four `trace.entries` messages a second at most. */
  messagesPerSecond: 10,
  /** An outage of 120 s has fewer messages than this. */
  mailboxMessages: 256,
  /** Candidates that come before their description: browsers gather fewer. */
  pendingCandidates: 30,
  /** A pair that cannot connect three times has no usable candidate pair. */
  connectAttempts: 3,
  /** More ICE restarts than this would only disturb. */
  iceRestartsPerMinute: 5,
  /** After two failed ICE restarts the peer connection is replaced; after one more only the relay is used. */
  failedIceRestarts: 2,
  /** A name that people still read, with room for the 80 bits of a generated one. */
  roomNameCharacters: 64,
  /** Chromium's largest offer has about 10,000 characters. */
  descriptionCharacters: 32_000,
  /** Chromium's largest offer has about 300 lines. */
  descriptionLines: 1_500,
  /** A candidate has about 200 characters. */
  candidateCharacters: 1_000,
  /** A page records about 40 entries in the first second of a call. */
  traceEntriesPerMessage: 40,
} as const

/** Limits that only the server knows. */
export const serverLimits = {
  /** JSON values in a frame of more than 8 KiB, counted by commas and opening brackets: 40 full trace entries have 1,500, and 2,000 parse in 2 ms. */
  jsonValuesPerFrame: 2_000,
  /** Requests in a frame that are answered `throttled` one by one; a frame with still more closes its socket. */
  throttledRequestsPerFrame: 100,
  /** The id of a request is repeated in its answer. */
  requestIdCharacters: 64,
  /** The path of a request is repeated in its error, cut to this. */
  procedurePathCharacters: 64,
  /** A fragment costs more memory than the byte that it may hold. */
  fragmentsPerMessage: 256,
  /** A TCP segment costs more memory than the byte that it may hold. */
  chunksPerFrame: 1_024,
  /** Frames that are not requests (heartbeats) come between requests. */
  framesPerRequest: 5,
  /** A frame counts once more for each of these, because time to parse grows with length. */
  bytesPerFrameToken: 4 * 1024,
  /** Budgets of a socket that the sockets of one address (IPv6: /64) use together: 100 pages behind one NAT reconnect at once. */
  socketBudgetsPerAddress: 40,
  /** Time for frames in one turn of the event loop; frames that come then wait, in turn by address. */
  frameMsPerTurn: 10,
  /** Open pages behind one NAT, or behind one proxy that DUET_TRUSTED_PROXIES does not name. */
  socketsPerAddress: 1_000,
  /** Open sockets of all addresses: an idle one takes 17 KB, so 170 MB at most. More than the seats of all rooms. */
  socketsTotal: 10_000,
  /** Open connections without a WebSocket: each takes about 8 KB, and 40 KB with TLS. A browser loads the pages over six. */
  plainConnectionsTotal: 4_000,
  /** Rooms of all addresses: with two sockets each they leave 400 sockets for pages without a seat. */
  roomsTotal: 4_800,
  /** Rooms that only holders of a seat may open again, after the server lost its rooms. */
  roomsReserved: 800,
  /** Rooms that one IPv4 address or IPv6 /48 created and that still exist: the pairs of 1,000 pages behind one NAT. */
  roomsHeldPerAddress: 500,
  /** Joins without a token that wait for the end of the hold after a crash: each takes about 4 KB. */
  waitingJoins: 10_000,
  /** Addresses whose budgets are remembered, in each table: each takes about 200 bytes. */
  addressesPerTable: 50_000,
  /** Bytes that one socket has not taken yet: 16 full frames. */
  unsentBytesPerSocket: 1024 * 1024,
  /** Bytes that the sockets of one address have not taken yet: eight stuck sockets. */
  unsentBytesPerAddress: 8 * 1024 * 1024,
  /** Bytes that all sockets have not taken yet. */
  unsentBytesTotal: 16 * 1024 * 1024,
  /** Bytes of unfinished and waiting frames of one address: 100 pages send a large offer at once. */
  unreadBytesPerAddress: 4 * 1024 * 1024,
  /** Bytes of unfinished and waiting frames of all sockets. */
  unreadBytesTotal: 16 * 1024 * 1024,
  /** Heap of one mailbox: ten times the messages of a call's beginning. */
  mailboxBytesPerSeat: 256 * 1024,
  /** Heap of the mailboxes that one address fills: 250 calls that begin within 120 s. */
  mailboxBytesPerAddress: 8 * 1024 * 1024,
  /** Heap of all mailboxes: half of the smallest heap that Node is given in practice. */
  mailboxBytesTotal: 16 * 1024 * 1024,
  /** Transient events (never stored) that wait for a slow reader. */
  transientEventsPerSubscription: 100,
  /** Heap of the transient events that wait for a slow reader. */
  transientBytesPerSubscription: 64 * 1024,
  /** Trace entries that wait for a slow reader of `--inspect`. */
  inspectQueueEntries: 500,
  /** Rejected joins (`full`, `seat-lost`) of one socket: a person tries a few times. */
  failedJoinsPerSocketPerMinute: 10,
  /** Rejected joins of one address: a thousand people behind one NAT. */
  failedJoinsPerAddressPerMinute: 300,
  /** Rooms that one socket creates: a person creates one. */
  newRoomsPerSocketPerMinute: 120,
  /** Rooms that one address creates: guessing room names creates every wrong one. */
  newRoomsPerAddressPerMinute: 480,
} as const
