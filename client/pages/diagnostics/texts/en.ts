import type { Place } from '../../../../machines/protocol/traceEntry.ts'

/** Meaning of each state, addressed to the person whose machine it is. */
const membership = {
  lobby: 'You’re in the lobby. Nobody can see you yet.',
  joining: 'Asking the server for a seat in the room.',
  'joined.online': 'You have a seat and a connection to the server.',
  'joined.offline': 'You have a seat, but the connection to the server is lost. Reconnecting; the call isn’t affected.',
  'joined.withoutSeat.requesting': 'The server gave your seat away. The call continues while Duet asks for a new one.',
  'joined.withoutSeat.waiting':
    'The server gave your seat away. The call continues, and Duet will ask for a new one shortly.',
  'left.byUser': 'You left. Your seat is free.',
  'left.rejected': 'The server refused your seat or took it back.',
  'left.replaced': 'Your seat is in use in another tab or window.',
}

const signaling = {
  idle: 'Not connected to the server. No connection is needed.',
  connecting: 'Connecting to the server.',
  'connected.idle': 'Connected to the server. No seat requested.',
  'connected.joining': 'Connected. Asking for a seat.',
  'connected.joined': 'Connected to the server with a seat.',
  backoff: 'The connection broke. Duet will retry after a short wait.',
}

const call = {
  idle: 'There’s nobody to call.',
  'offering.creatingOffer': 'Creating an offer. It waits until you answer the camera and microphone prompts.',
  'offering.waitingForPeer': 'Your offer is at the server, ready for the next person to join.',
  'offering.awaitingAnswer': 'Someone is here. Waiting for their answer to your offer.',
  'offering.connecting': 'They answered. Both browsers are testing every candidate pair.',
  'answering.awaitingOffer': 'Someone was here first. Waiting for their offer.',
  'answering.creatingAnswer': 'Their offer arrived. Creating your answer.',
  'answering.connecting': 'You answered. Both browsers are testing every candidate pair.',
  'connected.flowing.stable': 'Connected. Sound and video are flowing.',
  'connected.flowing.renegotiating': 'Sound and video are flowing. A change is being negotiated.',
  'connected.stalled': 'Nothing is arriving right now. It may recover on its own.',
  'connected.restartingIce': 'The connection was lost. An ICE restart is looking for another one.',
  'connected.recreating': 'ICE restarts didn’t help. Creating a new connection.',
  'connected.remoteRestart': 'They created a new connection. Accepting it.',
  unauthenticatedPeer: 'Someone else may have joined. Nothing is sent or shown until you decide.',
  hangup: 'The call is over.',
}

const verification = {
  idle: 'There’s nobody to compare codes with.',
  'active.committing': 'Reading the certificates of both sides.',
  'active.committed': 'Your commitment is sent. Waiting for theirs.',
  'active.revealed': 'Both commitments are in, and yours is revealed. Waiting for theirs.',
  'active.checking': 'Checking their commitment.',
  'active.comparable': 'The code is ready. You haven’t compared it yet.',
  'active.verified': 'You confirmed that the codes match.',
  'active.mismatched': 'You reported that the codes differ.',
  aborted: 'There’s no code for this connection.',
}

const device = {
  off: 'Off, with its light off.',
  requesting: 'Waiting for the browser or for your permission.',
  'live.unmuted': 'On. The other person in the call receives it.',
  'live.muted': 'On but muted. Only silence is sent.',
  failed: 'Not available.',
  'suspended.on': 'You aren’t in the room, so it’s off. It will restart when you’re back.',
  'suspended.off': 'You aren’t in the room. It was already off.',
}

const screen = {
  ...device,
  off: 'You aren’t sharing a screen.',
  requesting: 'The browser is asking which screen to share.',
  failed: 'It couldn’t be shared.',
  'suspended.off': 'There’s no call to share it in.',
}

/** Parallel regions: the active states form one sentence after another. */
const statusBanner = {
  'transport.hidden': 'The connection has no problem.',
  'transport.pending': 'Nothing is arriving. The banner waits in case it recovers.',
  'transport.shown': 'The banner says that Duet is reconnecting.',
  'transport.resolved': 'The connection is back.',
  'peer.hidden': 'They’re connected to the server.',
  'peer.pending': 'They’ve lost contact with the server. The banner waits in case they recover.',
  'peer.shown': 'The banner says that they’re away.',
  'peer.pageClosed': 'The banner says that they’re away: their page was closed.',
  'peer.returning': 'Their page is back, but nothing is flowing yet.',
  'peer.resolved': 'They’re back.',
  'signaling.hidden': 'You’re connected to the server.',
  'signaling.pending': 'You’ve lost contact with the server. The banner waits in case it recovers.',
  'signaling.shown': 'The banner says that the server can’t be reached.',
  'signaling.resolved': 'You’re connected to the server again.',
}

const quality = {
  unknown: 'Not enough measurements yet.',
  good: 'No noticeable problems.',
  fair: 'You may notice problems now and then.',
  poor: 'Problems disturb the call. A banner says what helps.',
}

const room = {
  empty: 'As far as this page knows, the room is empty.',
  created: 'One seat is taken, the other is free.',
  ready: 'Both seats are taken. The call is connecting or has just connected.',
  full: 'Both sides report that sound and video arrive.',
}

const places: Record<Place, string> = { here: 'You', there: 'Them', server: 'Server' }

export const en = {
  title: 'Diagnostics',
  about: 'Find out why something isn’t working.',
  close: 'Close diagnostics',
  machines: 'State machines',
  names: {
    membership: 'Membership',
    room: 'Room',
    signaling: 'Server connection',
    call: 'Call',
    verification: 'Safety code',
    microphone: 'Microphone',
    camera: 'Camera',
    screen: 'Shared screen',
    statusBanner: 'Status banner',
    quality: 'Quality',
  },
  states: {
    membership,
    signaling,
    call,
    verification,
    microphone: device,
    camera: device,
    screen,
    statusBanner,
    quality,
    room,
  },

  connectionPath: {
    title: 'Connection',
    none: 'Not connected right now.',
    direct: (protocol: string) => `Direct, over ${protocol}`,
    relayed: (protocol: string) => `Relayed, over ${protocol}`,
    roundTrip: 'Round-trip time',
    milliseconds: (count: number) => `${count} ms`,
    quality: 'Quality',
    inbound: 'Received',
    outbound: 'Sent',
    lossAndRate: (loss: string, rate: number | null) =>
      rate === null ? `${loss} lost` : `${loss} lost, ${rate} kbit/s`,
    percent: (share: number) => `${share.toFixed(share < 10 ? 1 : 0)} %`,
    unmeasured: '?',
    jitter: 'Jitter',
    reconnects: 'Reconnects',
    reconnectCounts: (attempts: number, restarts: number) =>
      `${restarts} ICE ${restarts === 1 ? 'restart' : 'restarts'} in the last minute (${attempts} failed)`,
    localEnd: 'Local address',
    remoteEnd: 'Remote address',
    endpoints: { host: 'host', srflx: 'seen by STUN', prflx: 'seen by the peer', relay: 'relay' },
    privacyNote: 'Addresses are shown only here. Traces never contain them.',
  },

  events: {
    title: 'Events',
    about: 'Newest first.',
    none: 'Nothing yet.',
    placeFilter: 'Show events from',
    all: 'All',
    places,
    noneFromPlace: 'Nothing received from them yet.',
  },

  saveTrace: 'Save trace',
  saveNote: 'Contains states and events, but no addresses, keys or names. Safe to send to someone who helps you.',
  openStatecharts: 'Show state machines',
}
