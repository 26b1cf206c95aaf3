import type { Place } from '../../../../machines/protocol/traceEntry.ts'

/** What it means that a machine is in a state, to the one whose machine it is. */
const membership = {
  lobby: 'You are in front of the mirror. Nobody knows yet that you are here.',
  joining: 'The server is asked for a seat in the room.',
  'joined.online': 'You have a seat, and a line to the server.',
  'joined.offline': 'You have a seat. The line to the server is lost and being mended; a call goes on without it.',
  'joined.withoutSeat.requesting': 'The server gave your place away; the call goes on. A place is asked for again.',
  'joined.withoutSeat.waiting':
    'The server gave your place away; the call goes on. After a moment a place is asked for again.',
  'left.byUser': 'You left. Your seat is free for another.',
  'left.rejected': 'The server did not let you in, or not any longer.',
  'left.replaced': 'Your seat is used in another tab or window.',
}

const signaling = {
  idle: 'There is no line to the server, and none is wanted.',
  connecting: 'A line to the server is being opened.',
  'connected.idle': 'The line to the server is open. No seat is wanted.',
  'connected.joining': 'The line is open, and a seat is asked for.',
  'connected.joined': 'The line to the server is open, and in use.',
  backoff: 'The line broke. After a moment the next one is tried, again and again.',
}

const call = {
  idle: 'There is nobody to call.',
  'offering.creatingOffer':
    'An offer is being made. It waits for a camera or a microphone that is still being asked for.',
  'offering.waitingForPeer': 'Your offer lies at the server, ready for whoever comes.',
  'offering.awaitingAnswer': 'Somebody is there. Their answer to your offer is awaited.',
  'offering.connecting': 'They answered. Both browsers try every way to each other.',
  'answering.awaitingOffer': 'Somebody was here first. Their offer is awaited.',
  'answering.creatingAnswer': 'Their offer came. Your answer is being made.',
  'answering.connecting': 'You answered. Both browsers try every way to each other.',
  'connected.flowing.stable': 'There is a way, and sound and picture flow.',
  'connected.flowing.renegotiating': 'Sound and picture flow. Something changed, and the other side is asked to agree.',
  'connected.stalled': 'Nothing arrives at the moment. It may come back by itself.',
  'connected.restartingIce': 'The way was lost. Both browsers look for another.',
  'connected.recreating': 'The way was not found again. A new connection is being made.',
  'connected.remoteRestart': 'The other side made a new connection. It is being accepted.',
  unauthenticatedPeer: 'Someone else may be at the other end. Nothing is sent or shown until you decide.',
  hangup: 'The call is over.',
}

const verification = {
  idle: 'There is no other end to compare with.',
  'active.committing': 'The certificates of both ends are being read.',
  'active.committed': 'Your half of the code is sealed. Theirs is awaited.',
  'active.revealed': 'Both halves are sealed, and yours is open. Theirs is awaited.',
  'active.checking': 'Their half is being checked.',
  'active.comparable': 'There is a code. You have not compared it yet.',
  'active.verified': 'You compared the code, and it was the same on both sides.',
  'active.mismatched': 'You compared the code, and it differed.',
  aborted: 'There is no code for this connection.',
}

const device = {
  off: 'It is off, and its light is, too.',
  requesting: 'The browser, or you, are being asked for it.',
  'live.unmuted': 'It is on. Whoever is in the call gets it.',
  'live.muted': 'It is on, and muted: nobody gets more than silence.',
  failed: 'It cannot be had.',
  'suspended.on': 'You are not in the room, so it is off. It starts again when you come back.',
  'suspended.off': 'You are not in the room, and it was off before.',
}

const screen = {
  ...device,
  off: 'You share none.',
  requesting: 'The browser asks you which one.',
  failed: 'It could not be shared.',
  'suspended.off': 'There is no call to share it in.',
}

/** In several states at once, so each is a sentence behind another. */
const statusBanner = {
  'transport.hidden': 'Nothing is amiss on the way.',
  'transport.pending': 'Nothing arrives, and it is too soon to trouble you.',
  'transport.shown': 'You are told that the way is looked for.',
  'transport.resolved': 'The way was found again.',
  'peer.hidden': 'Nobody is missed.',
  'peer.pending': 'Their line is gone, and it is too soon to trouble you.',
  'peer.shown': 'You are told that they are away.',
  'peer.pageClosed': 'You are told that they are away: their page was closed.',
  'peer.returning': 'Their page is back, and the call does not flow yet.',
  'peer.resolved': 'They are back.',
  'signaling.hidden': 'Your line to the server holds.',
  'signaling.pending': 'Your line to the server is gone, and it is too soon to trouble you.',
  'signaling.shown': 'You are told that the server does not answer.',
  'signaling.resolved': 'Your line to the server holds again.',
}

const quality = {
  unknown: 'Too little was measured so far.',
  good: 'Nothing disturbs.',
  fair: 'You may notice it now and then.',
  poor: 'It disturbs, and you are told what helps.',
}

const room = {
  empty: 'To this page, the room is empty.',
  created: 'One seat is taken. The other one is free.',
  ready: 'Both seats are taken. The two are being connected, or just were.',
  full: 'Both say that sound and picture arrive.',
}

const places: Record<Place, string> = { here: 'You', there: 'They', server: 'Server' }

export const en = {
  title: 'Diagnostics',
  about: 'For the one who wonders why it does not work.',
  close: 'Close the diagnostics',
  machines: 'The machines',
  names: {
    membership: 'Your visit',
    room: 'The room',
    signaling: 'The server connection',
    call: 'The call',
    verification: 'Safety code',
    microphone: 'Microphone',
    camera: 'Camera',
    screen: 'Shared screen',
    statusBanner: 'Trouble',
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
    title: 'The way to the other side',
    none: 'There is none at the moment.',
    direct: (protocol: string) => `Direct, by ${protocol}`,
    relayed: (protocol: string) => `Through a relay, by ${protocol}`,
    roundTrip: 'There and back',
    milliseconds: (count: number) => `${count} ms`,
    quality: 'Quality',
    inbound: 'From them',
    outbound: 'To them',
    lossAndRate: (loss: string, rate: number | null) =>
      rate === null ? `${loss} lost` : `${loss} lost, ${rate} kbit/s`,
    percent: (share: number) => `${share.toFixed(share < 10 ? 1 : 0)} %`,
    unmeasured: '?',
    jitter: 'Unevenness',
    reconnects: 'Looked for anew',
    reconnectCounts: (attempts: number, restarts: number) =>
      `${restarts} ${restarts === 1 ? 'restart' : 'restarts'} in the last minute; ${attempts} in vain since it last flowed`,
    localEnd: 'Your end',
    remoteEnd: 'Their end',
    endpoints: {
      host: 'own address',
      srflx: 'seen by a STUN server',
      prflx: 'seen by the other side',
      relay: 'at a relay',
    },
    privacyNote: 'Addresses are shown here only. They are never in a trace.',
  },

  events: {
    title: 'What happened',
    about: 'Newest first.',
    none: 'Nothing yet.',
    placeFilter: 'Whose',
    all: 'All',
    places,
    noneFromPlace: 'So far, nothing was heard from there.',
  },

  saveTrace: 'Save trace',
  saveNote: 'States and events without addresses, keys or names: safe to send to whoever helps you.',
  openStatecharts: 'Show the machines',
}
