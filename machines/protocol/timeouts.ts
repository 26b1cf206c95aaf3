/**
 * The timeouts, intervals and delays of the protocol and of the machines, in milliseconds. They depend on each other, so
 * they share a file. `docs/timeouts.md` lists them with their users.
 */
export const timeouts = {
  /** Interval of the client's PING on its WebSocket. */
  clientPingIntervalMs: 5_000,
  /** Without a PONG of the server in this time, the client opens a new socket. */
  clientPongTimeoutMs: 4_000,
  /** PONG timeout of a probe, after the network changed or the device slept. */
  probeTimeoutMs: 1_500,
  /** The server sends PING after this time without a frame. */
  serverPingIntervalMs: 10_000,
  /** The server closes a socket that sends nothing for this time after a PING. */
  serverPongTimeoutMs: 5_000,
  /** A new socket without a first message in this time is closed. */
  firstMessageTimeoutMs: 5_000,
  /** Reconnect backoff; the last delay repeats. The delays from the second on have full jitter. */
  reconnectDelaysMs: [0, 300, 1_200, 2_700, 4_800, 7_000],
  /** Timeout for opening a socket, and for the response to a join. */
  openTimeoutMs: 8_000,
  /** A connection this old counts as stable; the reconnect backoff is reset. */
  stableAfterMs: 5_000,
  /** Shorter disconnects of the peer show no banner. */
  peerBannerDelayMs: 2_000,
  /** Interval of joins by a page whose call continues without a seat, and of visits after a rejected visit. */
  rejoinIntervalMs: 15_000,
  /** Grace period of a disconnected seat: its holder can still return. */
  seatGraceMs: 60_000,
  /** The same if its page announced that it closes: a `room.leave` with `pageClosing`, or close code 1001. */
  seatGraceAfterCloseMs: 8_000,
  /** Grace period of a visitor at the door whose socket closed. */
  doorGraceMs: 10_000,
  /** An admitted visitor that does not join leaves the door after this time. */
  admissionMs: 30_000,
  /** A join before its admission waits this long: over the prepared connection the visitor may learn of it first. */
  admissionWaitMs: 1_000,
  /** A preparation without a connection in this time has failed. */
  prepareTimeoutMs: 15_000,
  /** A prepared connection is renewed at this age, before the visitor's TURN credentials end. */
  preparedMaxAgeMs: 210_000,
  /** A hidden lobby page closes its prepared connection after this time. */
  preparedHiddenMs: 60_000,
  /** After *Join* over the prepared connection the server has to confirm the seat in this time. */
  joinConfirmationMs: 5_000,
  /** Pause before the next preparation after a failed one; it doubles with each failure in a row. */
  prepareAgainMs: 5_000,
  /** The longest such pause. */
  prepareAgainMaxMs: 120_000,
  /** The connection of a preparation becomes direct this long after the call began: first come the first pictures. */
  directDelayMs: 1_500,
  /** A declined visitor may ask again after this time. */
  askAgainMs: 30_000,
  /** A visitor who was declined `serverLimits.asksPerVisitor` times may ask again after this time. */
  askPauseMs: 600_000,
  /** A mailbox drops all its events when the newest has this age. */
  mailboxLifetimeMs: 120_000,
  /** An early event waits this long for the missing ones. Then the page opens a new socket and reads all of them. */
  gapTimeoutMs: 2_000,
  /** An offer without an answer is created again. */
  answerTimeoutMs: 15_000,
  /** The answerer's timeout for the expected offer. */
  offerTimeoutMs: 30_000,
  /** From the answer to a connected transport. */
  connectTimeoutMs: 20_000,
  /** A waiting offer is renewed at this age, because addresses and credentials expire. */
  offerMaxAgeMs: 240_000,
  /**
   * Without a packet for this long the call is stalled, independent of the browser's report. The peer sends at least
   * every second.
   */
  mediaSilenceMs: 1_500,
  /** The same if only heartbeats are expected: a lost heartbeat is repeated after one second. */
  heartbeatSilenceMs: 3_500,
  /** The same after a network change: audio alone arrives fifty times a second. */
  networkChangeSilenceMs: 500,
  /** Interval of heartbeats on the data channel. */
  heartbeatIntervalMs: 1_000,
  /** A page stores arrived chat texts and acknowledges them together after this time. */
  chatAckMs: 200,
  /** The polite side waits this long for the restart of the impolite side before its own. */
  politeRestartDelayMs: 1_500,
  /** Wait before a restart after a reconnect: the mailbox may hold the peer's ICE restart. */
  resumeReadMs: 500,
  /** Minimum time between two ICE restarts. */
  restartCooldownMs: 5_000,
  /** The window of `limits.iceRestartsPerMinute`. */
  restartWindowMs: 60_000,
  /** A restart without a connected transport in this time has failed. */
  restartTimeoutMs: 15_000,
  /** Without media for this long the call is lost. */
  callLostTimeoutMs: 90_000,
  /** The user's time to decide about an unauthenticated peer. It equals the time that a call has to recover. */
  decisionTimeoutMs: 90_000,
  /** Timeout for each message of the safety code exchange. It is long, because the call works meanwhile. */
  verificationTimeoutMs: 30_000,
  /** Lifetime of TURN credentials for a page with a seat. */
  turnCredentialLifetimeMs: 3_600_000,
  /** Lifetime of TURN credentials for a page without a seat. */
  guestTurnCredentialLifetimeMs: 300_000,
  /** Without `DUET_DRAIN`, the largest delay that a draining server announces. */
  drainSpreadMs: 10_000,
  /** Shorter outages of the media show no banner. */
  transportBannerDelayMs: 4_500,
  /** Shorter outages of the signaling connection show no banner. */
  signalingBannerDelayMs: 4_000,
  /** After a reload of the peer's page, media flows again in this time. Otherwise another banner applies. */
  peerReloadTimeoutMs: 5_000,
  /** Minimum time of a banner after its problem is over. */
  bannerMinTimeMs: 1_000,
  /** A track this old counts as stable: the failure count is reset, and the fallback message ends. */
  deviceStableAfterMs: 12_000,
  /** An enabled track that delivers nothing for this long has stalled. */
  deviceStalledAfterMs: 3_000,
  /** Shorter mutes of a track are ignored: a camera skips frames on a busy machine. */
  trackMutedAfterMs: 1_500,
  /** Poll interval of the device list while a device is missing, because some browsers do not report every change. */
  devicePollIntervalMs: 3_000,
  /** Shorter speech into a muted microphone shows no hint. */
  mutedSpeechMs: 600,
  /** The hint about it stays this long after the speech. */
  mutedHintEndMs: 6_000,
  /** After the user closed it, it does not return for this long. */
  mutedHintPauseMs: 60_000,
  /** Digital silence of a microphone that has not delivered any sound yet. After this time a hint says so. */
  silentMicrophoneMs: 5_000,
  /** The same for a microphone that has delivered sound: a noise gate of the system makes each pause silent. */
  quietMicrophoneMs: 30_000,
  /** Push to talk sends the last syllable for this long after the release of the key. */
  talkTailMs: 200,
} as const
