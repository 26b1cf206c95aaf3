/**
 * Every size and rate limit of the pages and the server, with those of content in contentLimits.ts. The name holds the unit and the comment the reason; times are
 * in timeouts.ts. test/server/limits/limits.test.ts fails for a row without a reason or without a test that exceeds it.
 * docs/protocol.md lists the rows, and docs/architecture.md lists the limits of one address.
 * The relay imports nothing of Duet, so its quotas have their own table (turn/core/quotas.ts).
 */

/** Limits that browsers respect, too. */
export const limits = {
  /** Twice the longest description with its envelope, which is the longest message of a page. */
  frameBytes: 64 * 1024,
  /** Stock tRPC clients gather the requests of one tick into one frame. */
  requestsPerFrame: 10,
  /** A page joins one room; other clients may join a few over one socket. */
  subscriptionsPerSocket: 8,
  /** A client may send an offer, its candidates and two retries at once. */
  messageBurst: 60,
  /** A page sends at most four `trace.entries` messages a second. */
  messagesPerSecond: 10,
  /** An outage of 120 s has fewer messages than this. */
  mailboxMessages: 256,
  /** Candidates that arrive before their description: browsers gather fewer. */
  pendingCandidates: 30,
  /** A pair that cannot connect three times has no usable candidate pair. */
  connectAttempts: 3,
  /** More ICE restarts do not help. */
  iceRestartsPerMinute: 5,
  /** After two failed ICE restarts the peer connection is replaced; after three failures it uses only the relay. */
  failedIceRestarts: 2,
  /** A readable name, with space for the 80 bits of a generated one. */
  roomNameCharacters: 64,
  /** A first name, or a full name in most languages. */
  visitorNameCharacters: 40,
  /** Chromium's largest offer has about 10,000 characters. */
  descriptionCharacters: 32_000,
  /** Chromium's largest offer has about 300 lines. */
  descriptionLines: 1_500,
  /** A candidate has about 200 characters. */
  candidateCharacters: 1_000,
  /** A page records about 40 entries in the first second of a call. */
  traceEntriesPerMessage: 40,
  /** The longest valid message of the data channel has about 80 characters. A longer one is dropped. */
  channelMessageCharacters: 1_000,
  /** After 90 s without a transport (`timeouts.callLostTimeoutMs`) about a hundred heartbeats arrive at once. */
  channelMessageBurst: 256,
  /** A page sends one heartbeat a second, and one at each device change. Above the rate the channel is closed. */
  channelMessagesPerSecond: 20,
  /** A hundred heartbeats of 80 characters have 8 KB. A character counts as one byte. */
  channelByteBurst: 64 * 1024,
  /** Five times the heartbeats of 80 characters at their highest rate. */
  channelBytesPerSecond: 8 * 1024,
  /** Chat messages and file offers that arrive while the page loads its code for them. Above it the channel is closed. */
  contentBacklogBytes: 1024 * 1024,
} as const

/** Limits that only the server enforces. */
export const serverLimits = {
  /** Commas and opening brackets in a frame above 8 KiB: 40 full trace entries have 1,500; 2,000 parse in 2 ms. */
  jsonValuesPerFrame: 2_000,
  /** Requests of one frame that are each answered `throttled`; a frame with more closes its socket. */
  throttledRequestsPerFrame: 100,
  /** The response repeats the id of its request. */
  requestIdCharacters: 64,
  /** An error repeats the path of its request, cut to this length. */
  procedurePathCharacters: 64,
  /** A fragment costs more memory than the byte that it may hold. */
  fragmentsPerMessage: 256,
  /** A TCP segment costs more memory than the byte that it may hold. */
  chunksPerFrame: 1_024,
  /** Heartbeat frames arrive between requests. */
  framesPerRequest: 5,
  /** A frame costs one more token for each of these, because parse time grows with length. */
  bytesPerFrameToken: 4 * 1024,
  /** Socket budgets that the sockets of one address (IPv6: /64) share: 100 pages behind one NAT reconnect at once. */
  socketBudgetsPerAddress: 40,
  /** Address budgets that the /64s of one IPv6 /48 share. One visitor can have all 65,536 of them. */
  addressBudgetsPerSite: 2,
  /** Time for frames in one turn of the event loop; later frames wait, in round-robin by address. */
  frameMsPerTurn: 10,
  /** Open pages behind one NAT, or behind one proxy that DUET_TRUSTED_PROXIES does not name. */
  socketsPerAddress: 1_000,
  /** Open sockets of all addresses: an idle one takes 17 KB, so at most 170 MB. Exceeds the seats of all rooms. */
  socketsTotal: 10_000,
  /** Open connections without a WebSocket: each takes about 8 KB, or 40 KB with TLS. A browser opens six a page. */
  plainConnectionsTotal: 4_000,
  /** TLS handshakes of one address (IPv6: /64) at once: 100 pages behind one NAT reconnect with three connections each. */
  tlsHandshakesPerAddress: 300,
  /** Further TLS handshakes of one address: each takes 1.1 ms of CPU, or 5 ms with an RSA key of 4,096 bits. */
  tlsHandshakesPerSecond: 50,
  /** Unanswered requests of one connection. Browsers send one at a time; HTTP/1.1 lets a client pipeline more. */
  requestsInFlightPerConnection: 64,
  /** Unanswered requests of all connections: each response takes about 4 KB until its client has read it. */
  requestsInFlightTotal: 2_048,
  /** Rooms of all addresses: with two sockets each, 400 sockets remain for pages without a seat. */
  roomsTotal: 4_800,
  /** Rooms reserved for holders that restore a seat after the server lost its rooms. */
  roomsReserved: 800,
  /** Rooms that one IPv4 address or IPv6 /48 created and that still exist: the pairs of 1,000 pages behind one NAT. */
  roomsHeldPerNetwork: 500,
  /** The same, for holders that restore a seat: a page may restore a room that the peer's network created. */
  roomsRestoredPerNetwork: 1_000,
  /** Joins without a token that wait for the end of the startup hold after a crash: each takes about 4 KB. */
  waitingJoins: 10_000,
  /** The same, of one IPv4 address or IPv6 /48: as many as one /48 opens sockets. */
  waitingJoinsPerNetwork: 2_000,
  /** Addresses with a stored budget, in each table: each takes about 200 bytes. */
  addressesPerTable: 50_000,
  /** Bytes in the send buffer of one socket: 16 full frames. */
  unsentBytesPerSocket: 1024 * 1024,
  /** Bytes in the send buffers of one IPv4 address or IPv6 /48: eight stuck sockets. */
  unsentBytesPerNetwork: 8 * 1024 * 1024,
  /** Bytes in the send buffers of all sockets. */
  unsentBytesTotal: 16 * 1024 * 1024,
  /** Unfinished and waiting frames of one IPv4 address or IPv6 /48: 100 pages send a large offer at once. */
  unreadBytesPerNetwork: 4 * 1024 * 1024,
  /** Bytes of unfinished and waiting frames of all sockets. */
  unreadBytesTotal: 16 * 1024 * 1024,
  /** Heap of one mailbox: ten times the messages of a call setup. */
  mailboxBytesPerSeat: 256 * 1024,
  /** Heap of the mailboxes that one IPv4 address or IPv6 /48 fills: 250 calls that start within 120 s. */
  mailboxBytesPerNetwork: 8 * 1024 * 1024,
  /** Heap of all mailboxes: half of the smallest Node heap in practice. */
  mailboxBytesTotal: 16 * 1024 * 1024,
  /** Transient events (never stored) that wait for a slow client. */
  transientEventsPerSubscription: 100,
  /** Heap of the transient events that wait for a slow client. */
  transientBytesPerSubscription: 64 * 1024,
  /** Trace entries that wait for a slow client of `--inspect`. */
  inspectQueueEntries: 500,
  /** Rejected joins (`full`, `seat-lost`) of one socket: a user tries a few times. */
  failedJoinsPerSocketPerMinute: 10,
  /** Rejected joins of one address: a thousand users behind one NAT. */
  failedJoinsPerAddressPerMinute: 300,
  /** A visitor who was declined three times in a row has to wait for `timeouts.askPauseMs`. */
  asksPerVisitor: 3,
  /** Asks at one door, of any number of visitors and addresses: each one disturbs the waiting person. */
  asksPerRoomPerMinute: 6,
  /** The same, of one IPv4 address or IPv6 /48: half of them remain for other visitors. */
  asksPerNetworkPerMinute: 3,
  /** Declined visitors that a room remembers; above it, the room forgets the oldest. Each takes about 300 bytes. */
  declinedVisitorsPerRoom: 8,
  /** Preparations of one room: a page renews one every four minutes, and after each change of its network. */
  preparationsPerRoomPerMinute: 12,
  /** Rooms that one socket creates: a user creates one. */
  newRoomsPerSocketPerMinute: 120,
  /** Rooms that one address creates: a wrong guess of a room name creates a room. */
  newRoomsPerAddressPerMinute: 480,
} as const

/** Every limit by name. Tests replace single ones. */
export type Limits = { readonly [Name in keyof typeof limits | keyof typeof serverLimits]: number }
