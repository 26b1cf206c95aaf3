/** Every timeout, interval and delay of the product, in milliseconds, in one place so that they can be compared. */
export const timeouts = {
  /** Heartbeats of the client's WebSocket: PING interval, and the time that the server has for a PONG. */
  clientPingIntervalMs: 5_000,
  clientPongTimeoutMs: 4_000,
  /** The same for a probe after the network changed or the machine slept. */
  probeTimeoutMs: 1_500,
  serverPingIntervalMs: 10_000,
  serverPongTimeoutMs: 5_000,
  /** A socket that sends nothing in this time is closed. */
  firstMessageTimeoutMs: 5_000,
  /** Backoff between attempts to reconnect; the last delay repeats. Jitter from the second on. */
  reconnectDelaysMs: [0, 300, 1_200, 2_700, 4_800, 7_000],
  /** For the socket to open, and for the server to accept or reject a join. */
  openTimeoutMs: 8_000,
  /** A connection this old counts as stable; the reconnect backoff is reset. */
  stableAfterMs: 5_000,
  /** Shorter interruptions of the other side show no banner. */
  peerBannerDelayMs: 2_000,
  /** Between two joins by a page whose call goes on without a seat. */
  rejoinIntervalMs: 15_000,
  /** How long a disconnected seat is kept; shorter when its page announced that it closes. */
  seatGraceMs: 60_000,
  seatGraceAfterCloseMs: 8_000,
  mailboxLifetimeMs: 120_000,
  /** An event that came too early waits for the missing ones. After this the socket is closed, and the next one brings all of them. */
  gapTimeoutMs: 2_000,
  /** An offer without an answer is created again. */
  answerTimeoutMs: 15_000,
  /** The answerer's timeout for the expected offer. */
  offerTimeoutMs: 30_000,
  /** From both descriptions to a connected transport. */
  connectTimeoutMs: 20_000,
  /** An offer that waits for a visitor is renewed, because addresses and credentials expire. */
  offerMaxAgeMs: 240_000,
  /** Without any packet for this long the transport counts as failed, whatever the browser reports: the other side sends every second. */
  mediaSilenceMs: 1_500,
  /** The same without audio and video: a lost heartbeat is repeated only after a second. */
  heartbeatSilenceMs: 3_500,
  /** The same after a network change: audio alone comes fifty times a second. */
  networkChangeSilenceMs: 500,
  /** Interval of heartbeats on the data channel. */
  heartbeatIntervalMs: 1_000,
  /** The polite side waits this long for the restart of the impolite side before its own. */
  politeRestartDelayMs: 1_500,
  /** After a reconnect, read the mailbox this long before acting: it may hold the peer's ICE restart. */
  resumeReadMs: 500,
  /** Between two ICE restarts. */
  restartCooldownMs: 5_000,
  /** The window of `limits.iceRestartsPerMinute`. */
  restartWindowMs: 60_000,
  restartTimeoutMs: 15_000,
  /** Without media for this long the call is lost. */
  callLostTimeoutMs: 90_000,
  /** For a person to decide about an unknown peer: as long as a call may take to come back. */
  decisionTimeoutMs: 90_000,
  /** How long the end of a call is shown to the side that stays. */
  endedScreenTimeMs: 2_000,
  /** For the other half of a safety code. Long, because the call works meanwhile. */
  verificationTimeoutMs: 30_000,
  /** Of TURN credentials: with a seat, and without. */
  turnCredentialLifetimeMs: 3_600_000,
  guestTurnCredentialLifetimeMs: 300_000,
  drainSpreadMs: 10_000,
  /** Shorter outages show no banner. */
  transportBannerDelayMs: 4_500,
  signalingBannerDelayMs: 4_000,
  /** After a reload of the peer's page the call flows again in this time; otherwise another banner applies. */
  peerReloadTimeoutMs: 5_000,
  /** The shortest time that a banner stays, also after its cause is over. */
  bannerMinTimeMs: 1_000,
  /** A track this old counts as stable: failures count from zero, and the notice that it is a replacement ends. */
  deviceStableAfterMs: 12_000,
  /** An enabled track that delivers nothing for this long has stalled. */
  deviceStalledAfterMs: 3_000,
  /** Shorter mutes of a source (a camera that skips frames on a busy machine) are ignored. */
  trackMutedAfterMs: 1_500,
  /** Interval of reading the device list while a device is missing; some browsers do not report every change. */
  devicePollIntervalMs: 3_000,
} as const
