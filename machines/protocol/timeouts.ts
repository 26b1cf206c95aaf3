/** Every wait of the product, in milliseconds, in one place, so that they can be read against each other. */
export const timers = {
  /** How often the client asks whether its link still lives, and how long it waits for the answer. */
  clientPing: 5_000,
  clientPatience: 4_000,
  /** The same when the network has just changed, or the machine slept. */
  probePatience: 1_500,
  serverPing: 10_000,
  serverPatience: 5_000,
  /** A socket that says nothing is nobody's. */
  firstMessage: 5_000,
  /** Lengthening waits between attempts to reconnect; the last one repeats. Jitter from the second on. */
  reconnect: [0, 300, 1_200, 2_700, 4_800, 7_000],
  /** How long a socket may take to open, and the server to give or refuse a seat. */
  openPatience: 8_000,
  /** A line that held for so long is not one that breaks at once: the waits begin anew. */
  steady: 5_000,
  /** Shorter interruptions of the other side are not worth a word. */
  awayShown: 2_000,
  /** Between two requests for a seat by a page whose call goes on without one. */
  seatPause: 15_000,
  /** A seat is kept for its holder; less long when the page said that it was closed. */
  grace: 60_000,
  graceAfterClose: 8_000,
  mailbox: 120_000,
  /** What the server told too early waits for what is missing before it; then the line is given up, and the next one brings both. */
  gapPatience: 2_000,
  /** An offer that nobody answers is made anew. */
  answerPatience: 15_000,
  /** One who was promised an offer and gets none. */
  offerPatience: 30_000,
  /** Descriptions are exchanged: a way is found in this time, or tried anew. */
  connectPatience: 20_000,
  /** An offer left for a visitor is renewed, for addresses and credentials age. */
  offerAge: 240_000,
  /** Nothing at all arrives, though the other side says something every second: the path is dead, whatever the browser believes. */
  silence: 1_500,
  /** The same where neither sound nor pictures come: a beat that is lost is repeated only after a second. */
  silenceOfBeats: 3_500,
  /** The same when the network has just changed: sound alone comes fifty times a second. */
  silenceAfterChange: 500,
  /** What each side says at least so often on the data channel. */
  beat: 1_000,
  /** How long the polite side waits for the other one's restart before its own. */
  restartCourtesy: 1_500,
  /** How long one who has a line again reads what waits before doing anything. */
  reading: 500,
  /** Between two restarts. */
  restartPause: 5_000,
  /** In which so many restarts may be made. */
  restartWindow: 60_000,
  restartPatience: 15_000,
  /** Without media for this long the call is lost. */
  lossPatience: 90_000,
  /** How long a person may take to decide about a stranger: as long as a call may take to come back. */
  decisionPatience: 90_000,
  /** How long the end of a call is shown to the one who stays. */
  farewell: 2_000,
  /** One half of a safety code that does not come. Long: whoever waits for it can talk meanwhile. */
  safetyPatience: 30_000,
  /** Of TURN credentials: with a seat, and without. */
  credentials: 3_600_000,
  guestCredentials: 300_000,
  drainSpread: 10_000,
  /** For so long nothing may arrive before the person hears of it: an outage of four seconds is not worth a word. */
  pathShown: 4_500,
  linkShown: 4_000,
  /** Their page was loaded anew: the call flows again in this time, or something else is the matter. */
  returnPatience: 5_000,
  /** What was said is said for so long at least, and for so long after it is over. */
  noticeKept: 1_000,
  /** A track that lives this long works: failures count from zero again, and nobody is told any more that it stands in for another. */
  deviceSteady: 12_000,
  /** An enabled track that delivers nothing for this long has stalled. */
  deviceStalled: 3_000,
  /** A source that is muted for less (a camera that skips some frames on a busy machine) is not worth a word. */
  trackMuted: 1_500,
  /** How often the list of devices is read while one is missed; not every browser reports every change. */
  deviceLook: 3_000,
} as const
