import type { DeviceProblem, CallEndReason } from '../../machines/protocol/vocabulary.ts'
import type { QualityCause } from '../../machines/status/qualityMachine.ts'
import type { HangupMessageReason, ErrorCode } from '../../machines/protocol/messages.ts'
import type { Browser } from './browserName.ts'
import type { BannerKind } from '../session/statusBanner.ts'
import type { MissingFeature } from '../common/browserSupport.ts'
import type { UnreachableCause } from '../signaling/serverReachability.svelte.ts'
import type { Language } from './language.ts'
import { devices } from './devices.en.ts'
import { named } from './named.en.ts'
import type { UserMessage } from './userMessage.ts'

const apiErrors: Record<ErrorCode, UserMessage> = {
  full: {
    title: 'This room is full',
    advice: 'There are already two people here. Try again when one of them leaves, or start a new room.',
  },
  'ask-first': { title: 'Ask to join', advice: 'The person in this room decides who joins.' },
  locked: { title: 'This room is locked', advice: 'Ask the person in it to unlock it, or start a new room.' },
  'invalid-room-name': {
    title: 'Invalid room name',
    advice: 'Names have up to 64 letters and digits. The link may be incomplete: ask for it again.',
  },
  'invalid-input': {
    title: 'The server couldn’t read this request',
    advice: 'This page may be out of date. Reload it.',
  },
  'too-large': { title: 'Request too large', advice: 'Reload the page and try again.' },
  throttled: { title: 'Too many attempts', advice: 'Wait a minute, then try again.' },
  'server-full': {
    title: 'This server is full',
    advice: 'Too many calls are open right now. Try again in a few minutes.',
  },
  'not-joined': { title: 'Your session expired', advice: 'Try again to rejoin.' },
  'seat-lost': {
    title: 'You lost your place',
    advice: 'You were away too long. Try again: you can rejoin if there’s still room.',
  },
  'out-of-order': { title: 'Out of sync', advice: 'Try again to restart the call.' },
  unavailable: { title: 'The server is busy', advice: 'It can’t let anyone in right now. Try again shortly.' },
  'not-found': { title: 'This page is out of date', advice: 'Reload it to get the current version.' },
  internal: { title: 'Something went wrong on the server', advice: 'Please try again. Details are in the server log.' },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: 'You hung up', advice: '' },
  remote: { title: 'They hung up', advice: '' },
  left: { title: 'They have left', advice: '' },
  replaced: { title: 'This call has moved', advice: 'It’s now open in another tab or window.' },
  failed: {
    title: 'Couldn’t connect the call',
    advice: 'A firewall may be blocking it. Try again, try another network, or run the connection test.',
  },
  lost: { title: 'The connection was lost', advice: 'One of you went offline. Your place in the room is being held.' },
}

/** Messages for a call that the peer ended with a reason. */
const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: 'Their browser can’t make video calls',
    advice: 'Ask them to open the link in another browser.',
  },
}

/** Advice for a weak connection, by cause and by which cameras are on. */
const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? 'Your connection is weak. Turning off your camera will help.'
      : 'Your connection is weak. Try moving closer to your Wi-Fi.',
  inbound: ({ theirs }) =>
    theirs
      ? 'Their connection is weak. It may help if they turn off their camera.'
      : 'Their connection is weak. It may help if they move closer to their Wi-Fi.',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? 'The connection is weak in both directions. Turning off the cameras will help.'
      : 'The connection is weak in both directions. Another network may help.',
  latency: () => 'There’s a long delay. Pause before you reply.',
}

const operatorCan = 'The person who runs this server can'

/** Why the server can't be reached. */
const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'You’re offline. Duet will reconnect when your network is back.',
  silent: 'The server isn’t responding. It may be restarting, or your network may be blocking it.',
  elsewhere: 'Something else is responding instead of the server. If this network asks you to sign in, do that first.',
  gateway: `The server behind this address isn’t responding. ${operatorCan} check the log.`,
  busy: 'The server can’t take more connections right now. Duet will keep trying.',
  host: `The server isn’t set up for this address. ${operatorCan} set DUET_PUBLIC_URL.`,
  origin: `The server doesn’t accept pages from this address. ${operatorCan} set DUET_ALLOWED_ORIGINS.`,
  websocket: 'The server responds, but a proxy or firewall blocks the WebSocket that calls need. Try another network.',
}

/** How to turn WebRTC back on in each browser. */
const allowWebRtcAdvice: Record<Browser, string> = {
  chromium: 'Turn off extensions that block WebRTC, then reload. Or open the link in another browser.',
  firefox:
    'Open about:config, set media.peerconnection.enabled to true, and turn off extensions that block WebRTC. Then reload.',
  safari:
    'Turn off Lockdown Mode and extensions that block WebRTC for this page, then reload. Or open the link in another browser.',
  ios: 'Turn off Lockdown Mode for this page and reload, or open the link in Safari.',
  other: 'Open the link in a current Chrome, Edge, Firefox or Safari.',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: 'This browser can’t make calls: WebRTC is missing or blocked.',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({ title: 'This browser can’t make calls: WebSocket is missing.', advice: allowWebRtcAdvice.other }),
}

export const en = {
  language: 'en' as Language,
  name: 'Duet',
  diagnostics: 'Diagnostics',
  /** Label of the language menu. */
  languageMenu: 'Language',

  home: {
    title: 'A call for two.',
    about: 'Private video calls for two. No account, no download, no company in the middle.',
    startCall: 'Start a call',
    newRoomNote: 'Creates a link nobody can guess.',
    nameLabel: 'Join with a link or name',
    namePlaceholder: 'kitchen-table',
    go: 'Go',
    nameNote: 'Capitals and spaces don’t matter. Short names are easy to share – and easy to guess.',
    nameEmpty: 'Enter a link or name, or start a call.',
    nameInvalid: 'That isn’t a valid room name. Use up to 64 letters, digits, dashes or dots.',
    checkConnection: 'Test your connection',
    howItWorks: 'How it works',
  },

  titles: {
    home: 'Duet: a call for two',
    invalidRoomName: 'Invalid room name · Duet',
    notFound: 'Page not found · Duet',
    check: 'Connection test · Duet',
    lobby: 'Ready to join? · Duet',
    joining: 'Joining… · Duet',
    waiting: 'Waiting · Duet',
    connecting: 'Connecting… · Duet',
    call: 'In a call · Duet',
    unauthenticatedPeer: 'Who’s there? · Duet',
    reconnecting: 'Reconnecting… · Duet',
    failed: 'Call failed · Duet',
    ended: 'Call ended · Duet',
    rejected: 'Can’t join · Duet',
    openInOtherTab: 'Open in another tab · Duet',
    left: 'You left · Duet',
  },

  lobby: {
    title: 'Ready to join?',
    room: 'Room',
    join: 'Join',
    joinNote: (camera: boolean, microphone: boolean): string => {
      if (camera && microphone) return 'They’ll see and hear you.'
      if (microphone) return 'They’ll hear you, but not see you.'
      if (camera) return 'They’ll see you, but not hear you.'
      return 'You’ll see and hear them, but they won’t see or hear you.'
    },
    serverUnreachable: 'Can’t reach the server. Retrying – check your internet connection.',
    microphoneLevel: 'Microphone level',
    cameraRequested: 'Asking for your camera…',
    cameraOff: 'Your camera is off',
  },

  devices,

  joining: { title: 'Joining…', slow: 'This is taking longer than usual…', cancel: 'Cancel' },

  connecting: {
    title: 'Connecting…',
    peerPresent: 'They’re here – connecting you…',
    findingConnection: 'Finding a connection…',
    retrying: (n: number, of: number) => `Still connecting… (attempt ${n} of ${of})`,
    peerDisconnected: 'They’re offline right now. The call will continue when they’re back.',
    serverUnreachable: 'Can’t reach the server. Retrying – check your internet connection.',
  },

  invitation: {
    title: 'You’re the first one here',
    instruction: 'Share this link to invite someone.',
    link: 'Link to this room',
    copy: 'Copy link',
    copied: 'Copied',
    copyFailed: 'Couldn’t copy – select the link instead',
    shareLink: 'Share…',
    shareTitle: 'Join my video call',
    showQrCode: 'Show QR code',
    qrCodeLabel: (link: string) => `QR code of ${link}`,
    unusableElsewhere: 'Nobody else can use this link, because invitations need an https address.',
  },

  call: {
    title: 'Your call',
    controls: 'Call controls',
    mute: 'Mute',
    unmute: 'Unmute',
    cameraOff: 'Camera off',
    cameraOn: 'Camera on',
    shareScreen: 'Share screen',
    stopSharing: 'Stop sharing',
    devices: 'Devices',
    room: 'Room',
    closeRoom: 'Close',
    view: 'View',
    flipCamera: 'Flip camera',
    showOwnVideo: 'Show your video',
    fullscreen: 'Full screen',
    exitFullscreen: 'Exit full screen',
    hangUp: 'Hang up',
    fillScreen: 'Fill window',
    showWhole: 'Fit to window',
    playSound: 'Play sound',
    playSoundNote: 'Your browser blocked the sound until you tap.',
    play: 'Play',
    playNote: 'Your device paused the call.',
    localVideo: 'Your video',
    remoteVideo: 'Their video',
    remoteScreen: 'Their screen',
    localScreen: 'Your screen',
    smallVideo: (video: string, corner: string): string =>
      `${video}, ${corner}. Press Enter to make it large, or use the arrow keys to move it.`,
    corners: {
      'top-left': 'top left',
      'top-right': 'top right',
      'bottom-left': 'bottom left',
      'bottom-right': 'bottom right',
    },
    remoteCameraOff: 'Their camera is off',
    remoteMicrophoneOff: 'Their microphone is off',
    remoteScreenShared: 'They’re sharing their screen',
    localScreenShared: 'You’re sharing your screen',
    dataChannelFlooded: 'They sent too much data, so Duet stopped reading their messages. Sound and video continue.',
    diagnosticsViewed: 'They’re viewing this call’s diagnostics',
    screenShareFailed: (problemCode: DeviceProblem): UserMessage =>
      problemCode === 'denied-by-system'
        ? {
            title: 'Your system is blocking screen recording for this browser.',
            advice: 'Allow it in your privacy settings, then share again.',
          }
        : { title: 'Your screen couldn’t be shared.', advice: 'Press “Share screen” again, or choose another window.' },
    /** Label on the local video while the microphone sends nothing. */
    microphoneNotSent: { muted: 'Muted', failed: 'No sound' },
    statusBanner: {
      transport: 'Reconnecting…',
      localNetwork: 'You seem to be offline. Reconnecting…',
      signaling: 'Can’t reach the server. Retrying…',
      peerDisconnected: 'They’re reconnecting…',
      peerSignaling: 'They’ve lost contact with the server – your call continues.',
      signalingDuringCall: 'Lost contact with the server. Your call isn’t affected.',
    } satisfies Record<BannerKind, string>,
    /** The call runs without a seat, but cannot be restored without one. */
    seatLost: (code: ErrorCode): string =>
      code === 'full'
        ? 'Someone else took your place in the room. Your call isn’t affected.'
        : 'The server won’t let you back into the room. Your call isn’t affected.',
    retry: 'Try again',
    quality: {
      unknown: 'Checking connection quality…',
      good: 'Good connection',
      fair: 'Fair connection',
      poor: 'Weak connection',
    },
    weakConnectionAdvice: (cause: QualityCause | null, camera: { ours: boolean; theirs: boolean }): string =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? 'The connection is weak. Turning off your camera will help.'
          : 'The connection is weak. Another network may help.',
  },

  named,

  /** Announcements for screen readers. */
  announcements: {
    connected: 'You’re connected.',
    remoteMicrophone: (on: boolean): string => (on ? 'Their microphone is on.' : 'Their microphone is off.'),
    remoteCamera: (on: boolean): string => (on ? 'Their camera is on.' : 'Their camera is off.'),
    localMicrophone: (on: boolean): string => (on ? '' : 'You’re muted.'),
    localCamera: (on: boolean): string => (on ? '' : 'Your camera is off.'),
  },

  /** A page that can't prove its continuity wants to take the peer's place in the call. */
  unauthenticatedPeer: {
    title: 'Someone else may have joined',
    advice:
      'The call was interrupted, and this may not be the same person. They can’t see or hear you until you continue.',
    continue: 'Continue',
    hangUp: 'Hang up',
  },

  callEnded: (reason: CallEndReason): UserMessage => callEndings[reason],
  endedByPeer: (reason: HangupMessageReason): UserMessage => peerEndings[reason],
  /** The call ended, and the seat was given away during it. */
  endedWithoutSeat: (reason: CallEndReason): UserMessage => ({
    title: callEndings[reason].title,
    advice: 'Your place in the room was given away during the call. Try again to rejoin.',
  }),
  /** Advice after a lost connection, by whose network failed. */
  connectionLost: {
    localNetwork: 'You went offline. Your place in the room is being held: try again when your network is back.',
    remoteNetwork: 'They went offline. Your places in the room are being held: try again in a moment.',
    unknown: 'You can both reach the server but not each other. Try again, or try another network.',
  },
  apiError: (code: ErrorCode): UserMessage => apiErrors[code],
  actions: { tryAgain: 'Try again', newRoom: 'New room', checkConnection: 'Test your connection' },

  otherTab: { note: 'You’re already in this room in another tab.', continueHere: 'Switch to this tab' },
  openInOtherTab: {
    title: 'This call has moved',
    advice: 'It’s now open in another tab or window.',
    useHere: 'Switch to this tab',
  },
  left: { title: 'You left', advice: 'The room is still there, and its link still works.', rejoin: 'Rejoin' },
  invalidRoomName: { goHome: 'Back to home' },
  notFound: {
    title: 'Page not found',
    advice: 'This page doesn’t exist. The link may be incomplete.',
    goHome: 'Back to home',
  },
  unreachable: (cause: UnreachableCause): string => unreachableCauses[cause],
  missingFeature: (what: MissingFeature, browser: Browser): UserMessage => missingFeatures[what](browser),
  updated: (isInRoom: boolean): UserMessage => ({
    title: 'Duet was updated',
    advice: isInRoom
      ? 'Your call continues. Reload for the new version – you’ll keep your place.'
      : 'Reload for the new version.',
  }),
  partLoading: 'Loading…',
  partLoadFailed: { title: 'This part didn’t load', advice: 'Check your connection, then try again.' },
  pageLoadFailed: { title: 'This page didn’t load', advice: 'Check your connection, then reload.', reload: 'Reload' },
}
