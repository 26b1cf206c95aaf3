/** The sizes that every part keeps to. Bytes, characters, counts; times are in timers.ts. */
export const limits = {
  frameBytes: 64 * 1024,
  unsentBytes: 1024 * 1024,
  callsPerFrame: 10,
  subscriptionsPerSocket: 8,
  /** Open pages behind one NAT, or one proxy that is not known as such (DUET_TRUSTED_PROXIES). */
  socketsPerAddress: 1_000,
  messageBurst: 60,
  messagesPerSecond: 10,
  mailboxMessages: 256,
  earlyCandidates: 30,
  connectAttempts: 3,
  /** In a minute. */
  restarts: 5,
  /** As many, and the connection itself is given up; one more, and only the relay is trusted. */
  failedRestarts: 2,
  nameCharacters: 64,
  descriptionCharacters: 32_000,
  descriptionLines: 1_500,
  candidateCharacters: 1_000,
  traceLines: 40,
} as const
