import type { DeviceKind, DeviceProblem, CallEndReason } from '../../machines/protocol/vocabulary.ts'
import type { QualityCause } from '../../machines/status/qualityMachine.ts'
import type { HangupMessageReason, ErrorCode } from '../../machines/protocol/messages.ts'
import type { Browser } from './browserName.ts'
import type { BannerKind } from '../session/statusBanner.ts'
import type { MissingFeature } from '../common/browserSupport.ts'
import type { UnreachableCause } from '../signaling/serverReachability.svelte.ts'
import { verification } from './verification.en.ts'
import type { UserMessage } from './userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>

/** One of them, or both where the same is the matter with both. */
type CaptureKinds = CaptureKind | 'both'

const deviceNames: Record<CaptureKinds, string> = {
  microphone: 'microphone',
  camera: 'camera',
  both: 'camera and microphone',
}
/** What a browser calls its switch. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '“Microphone”',
  camera: '“Camera”',
  both: '“Camera” and “Microphone”',
}
const isOrAre = (kind: CaptureKinds): string => (kind === 'both' ? 'are' : 'is')

/** Where each browser hides the answer that was given once. */
const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `Press the icon left of the address, switch on ${browserSwitchLabels[kind]}, and it starts by itself.`,
  firefox: (kind) =>
    `Press the crossed-out ${deviceNames[kind]} left of the address, remove “Blocked”, then press “Try again”.`,
  safari: (kind) =>
    `Open Safari’s menu → Settings for this website, set ${deviceNames[kind]} to “Allow”, then press “Try again”.`,
  ios: (kind) =>
    `Press the icon left of the address → Website Settings, set ${deviceNames[kind]} to “Allow”, then press “Try again”.`,
  other: (kind) => `Allow the ${deviceNames[kind]} for this page in your browser’s settings, then press “Try again”.`,
}

/** The browser to use in place of the one that is built into an app. */
const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome or another browser',
  firefox: 'Firefox or another browser',
  safari: 'Safari',
  ios: 'Safari',
  other: 'Chrome, Firefox or Safari',
}

const missingMedia: Record<CaptureKinds, string> = { microphone: 'no sound', camera: 'no picture', both: 'nothing' }

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `The ${deviceNames[kind]} ${isOrAre(kind)} not allowed here.`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `Your system keeps the ${deviceNames[kind]} from this browser.`,
    advice: `In the system’s privacy settings, allow the ${deviceNames[kind]} for this browser. You may have to start it again.`,
  }),
  missing: (kind) => ({
    title: `No ${deviceNames[kind].replace(' and ', ' or ')} found.`,
    advice: 'Plug one in and it starts by itself.',
  }),
  busy: (kind) => ({
    title: `Another program is using the ${deviceNames[kind]}.`,
    advice: `Close other calls and recorders, then press “Try again”.`,
  }),
  unsuitable: (kind) => ({
    title: `The ${deviceNames[kind]} can’t do what a call needs.`,
    advice: 'Choose another one.',
  }),
  insecure: (kind) => ({
    title: `Browsers give a ${deviceNames[kind]} to secure pages only.`,
    advice: `Open this page with https:// in front. Whoever runs this server can switch it on.`,
  }),
  unsupported: (kind, browser) => ({
    title: `This app’s browser can’t use the ${deviceNames[kind]}.`,
    advice: `Copy the link and open it in ${alternativeBrowsers[browser]}.`,
  }),
  unplugged: (kind) => ({
    title: `The ${deviceNames[kind]} went away.`,
    advice: 'Plug it in again and it comes back by itself, or choose another one.',
  }),
  stalled: (kind) => ({
    title: `The ${deviceNames[kind]} ${kind === 'both' ? 'deliver' : 'delivers'} ${missingMedia[kind]}.`,
    advice: 'Choose another one, or plug it in again and press “Try again”.',
  }),
  unknown: (kind) => ({
    title: `The ${deviceNames[kind]} ${kind === 'both' ? 'don’t' : 'doesn’t'} start.`,
    advice: 'Press “Try again”. If that doesn’t help, plug it in again or restart the browser.',
  }),
}

/** Why the device that was wanted is not the one in use. */
const substitutionReasons: Record<DeviceProblem, string> = {
  denied: 'isn’t allowed here',
  'denied-by-system': 'is kept from this browser by your system',
  missing: 'isn’t there',
  busy: 'is used by another program',
  unsuitable: 'can’t do what a call needs',
  insecure: 'doesn’t start',
  unsupported: 'doesn’t start',
  unplugged: 'went away',
  stalled: 'stopped working',
  unknown: 'doesn’t start',
}

const silencedDevices: Record<CaptureKind, UserMessage> = {
  microphone: {
    title: 'Your microphone is muted by your device or system.',
    advice: 'They can’t hear you. Check the switch on your headset and your system’s sound settings.',
  },
  camera: {
    title: 'Your camera is switched off by your device or system.',
    advice: 'They can’t see you. Open its cover, or check the camera switch on your computer.',
  },
}

const apiErrors: Record<ErrorCode, UserMessage> = {
  full: {
    title: 'This room is full',
    advice:
      'Two people are in it already, and a duet is for two. Wait until one of them leaves, or make a room of your own.',
  },
  'invalid-room-name': {
    title: 'This is not the name of a room',
    advice: 'Names have up to 64 letters and digits. Perhaps the link was cut off: ask for it again.',
  },
  'invalid-input': {
    title: 'The server did not understand this page',
    advice: 'The page may be older than the server. Reload it.',
  },
  'too-large': { title: 'That was too much for the server', advice: 'Reload the page and try again.' },
  throttled: { title: 'Too many attempts', advice: 'Wait a minute, then try again.' },
  'server-full': {
    title: 'This server is full',
    advice: 'Too many calls are open at the moment. Try again in a few minutes.',
  },
  'not-joined': { title: 'The server forgot this visit', advice: 'Try again, and you are back.' },
  'seat-lost': {
    title: 'Your place is gone',
    advice: 'You were away for too long. Try again: if there is still room, you are back.',
  },
  'out-of-order': { title: 'Something got lost on the way', advice: 'Try again, and the call starts afresh.' },
  unavailable: { title: 'The server is busy', advice: 'It cannot let anyone in at the moment. Try again shortly.' },
  'not-found': {
    title: 'This page does not fit the server',
    advice: 'The page may be older than the server. Reload it.',
  },
  internal: {
    title: 'The server made a mistake',
    advice: 'That was not you. Try again; whoever runs the server finds more in its log.',
  },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: 'You hung up', advice: '' },
  remote: { title: 'They hung up', advice: 'You are still in the room. If they open the link again, you meet here.' },
  left: { title: 'They have left', advice: 'You are still in the room. If they open the link again, you meet here.' },
  replaced: { title: 'The call goes on elsewhere', advice: 'You opened this room in another tab or window.' },
  failed: {
    title: 'No way to each other was found',
    advice: 'A firewall may be in between. Try again, try another network, or look at what the connection check says.',
  },
  lost: {
    title: 'The connection was lost',
    advice: 'Your network, or theirs, is gone. You keep your place in the room for now.',
  },
}

/** Why the other side could not go on. */
const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: 'Their browser can’t make video calls',
    advice: 'Ask them to open the link in another browser. You are still in the room.',
  },
}

/** Why the way is weak, and what helps. `camera`: ours is on, theirs is on. */
const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? 'What you send arrives badly. Switching your camera off helps.'
      : 'What you send arrives badly. Perhaps you are far from your Wi-Fi.',
  inbound: ({ theirs }) =>
    theirs
      ? 'What they send arrives badly. It helps if they switch their camera off.'
      : 'What they send arrives badly. Perhaps they are far from their Wi-Fi.',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? 'Much is lost both ways. Switching the cameras off helps.'
      : 'Much is lost both ways. Another network may help.',
  latency: () => 'It takes long to arrive. Let each other finish.',
}

const operatorCan = 'The person who runs this server can'

/** Why the server is out of reach. */
const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'You are offline. Duet goes on as soon as your network is back.',
  silent: 'The server doesn’t answer. It may be restarting, or your network blocks it.',
  elsewhere: 'Something else answers in place of the server. If this network asks you to sign in, do that first.',
  gateway: `The server behind this address doesn’t answer. ${operatorCan} look at the log.`,
  busy: 'The server takes no more connections at the moment. Duet keeps trying.',
  host: `The server doesn’t know this address as its own. ${operatorCan} set DUET_PUBLIC_URL.`,
  origin: `The server doesn’t accept pages from this address. ${operatorCan} set DUET_ALLOWED_ORIGINS.`,
  websocket: 'The server answers, but a proxy or firewall blocks the WebSocket that calls need. Try another network.',
}

/** Where each browser hides what it was told to switch off. */
const allowWebRtcAdvice: Record<Browser, string> = {
  chromium: 'Switch off extensions that block WebRTC, then reload. Or open the link in another browser.',
  firefox:
    'Open about:config, set media.peerconnection.enabled to true, and switch off extensions that block WebRTC. Then reload.',
  safari:
    'Switch off extensions that block WebRTC and Lockdown Mode for this page, then reload. Or open the link in another browser.',
  ios: 'Switch off Lockdown Mode for this page and reload, or open the link in Safari.',
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
  language: 'en',
  name: 'Duet',
  diagnostics: 'Diagnostics',

  home: {
    title: 'A call for two.',
    about:
      'Video calls between two people, on a server of your own: no account, nothing to install, and no company in between.',
    newRoom: 'New room',
    newRoomNote: 'Makes a link that nobody can guess.',
    nameLabel: 'Name or link of a room',
    namePlaceholder: 'kitchen-table',
    go: 'Go',
    nameNote: 'Case and spaces do not matter. A short name is easy to say, and easy to guess.',
    nameEmpty: 'Type a name first, or press “New room”.',
    nameInvalid: 'That is no name of a room: use up to 64 letters and digits, with dashes or dots between them.',
    checkConnection: 'Check the connection',
  },

  titles: {
    home: 'Duet: a call for two',
    invalidRoomName: 'No such room · Duet',
    notFound: 'Not found · Duet',
    check: 'Connection check · Duet',
    lobby: 'Ready to join? · Duet',
    joining: 'Joining… · Duet',
    waiting: 'Waiting · Duet',
    connecting: 'Connecting… · Duet',
    call: 'In a call · Duet',
    unknownPeer: 'Who is it? · Duet',
    reconnecting: 'Reconnecting… · Duet',
    ended: 'Call ended · Duet',
    rejected: 'Not let in · Duet',
    openInOtherTab: 'Open elsewhere · Duet',
    left: 'You left · Duet',
  },

  lobby: {
    title: 'Ready to join?',
    room: 'Room',
    join: 'Join',
    joinNote: (camera: boolean, microphone: boolean): string => {
      if (camera && microphone) return 'They will see and hear you.'
      if (microphone) return 'They will hear you, but not see you.'
      if (camera) return 'They will see you, but not hear you.'
      return 'You will see and hear them; they get nothing from you yet.'
    },
    serverUnreachable: 'The server does not answer. Still trying; perhaps your network is gone.',
    microphoneLevel: 'Loudness of your microphone',
    cameraRequested: 'Asking for your camera…',
    cameraOff: 'Your camera is off',
  },

  devices: {
    title: 'Devices',
    camera: 'Camera',
    microphone: 'Microphone',
    speaker: 'Speaker',
    systemDefault: 'As the system chooses',
    noDevices: 'None to choose from',
    unnamed: {
      camera: (n: number) => `Camera ${n}`,
      microphone: (n: number) => `Microphone ${n}`,
      speaker: (n: number) => `Speaker ${n}`,
    },
    tryAgain: 'Try again',
    close: 'Close',
    shortcuts: 'Shortcuts on the keyboard: M for the microphone, V for the camera, D for diagnostics',
    dismiss: 'Close this notice',
    problem: (kind: CaptureKinds, problemCode: DeviceProblem, browser: Browser): UserMessage =>
      deviceProblems[problemCode](kind, browser),
    /** @param label of the device in use; empty where the browser does not tell */
    substituted: (kind: CaptureKind, problemCode: DeviceProblem, label: string): string =>
      `The ${deviceNames[kind]} you used or chose ${substitutionReasons[problemCode]}. ${label ? `“${label}”` : 'Another one'} is on instead.`,
    silenced: silencedDevices,
  },

  joining: { title: 'Joining…', slow: 'This takes longer than usual. Still trying.', cancel: 'Cancel' },

  connecting: {
    title: 'Connecting…',
    peerPresent: 'Somebody is here. Just a moment.',
    findingConnection: 'A way to each other is looked for.',
    retrying: (n: number, of: number) => `No way was found yet. Attempt ${n} of ${of}.`,
    peerDisconnected: 'The other side has no connection at the moment. It goes on as soon as they are back.',
    serverUnreachable: 'The server does not answer. Still trying; perhaps your network is gone.',
  },

  invitation: {
    title: 'You are the first one here',
    instruction: 'Send this link to the person you want to talk to.',
    link: 'Link to this room',
    copy: 'Copy link',
    copied: 'Copied',
    copyFailed: 'Select and copy it by hand',
    shareLink: 'Share…',
    shareTitle: 'A call with me',
    showQrCode: 'Show a code to scan',
    qrCodeLabel: (link: string) => `QR code of ${link}`,
    localUrlsNote: (isInsecure: boolean): string =>
      isInsecure
        ? 'It works on this computer only. In your network it is one of these, but browsers give a camera and a microphone to https:// only:'
        : 'It works on this computer only. In your network it is one of these:',
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
    fullscreen: 'Full screen',
    exitFullscreen: 'Leave full screen',
    hangUp: 'Hang up',
    fillScreen: 'Fill the screen',
    showWhole: 'Show all of it',
    playSound: 'Play sound',
    playSoundNote: 'Your browser waits for you before it plays sound.',
    play: 'Play',
    playNote: 'Your device paused the call.',
    localVideo: 'Your picture',
    remoteVideo: 'Their picture',
    localVideoPosition: (corner: string) => `Your picture, ${corner}. Arrow keys or Enter move it.`,
    corners: {
      'top-left': 'top left',
      'top-right': 'top right',
      'bottom-left': 'bottom left',
      'bottom-right': 'bottom right',
    },
    remoteCameraOff: 'Their camera is off',
    remoteMicrophoneOff: 'Their microphone is off',
    remoteScreenShared: 'They are sharing their screen',
    localScreenShared: 'You are sharing your screen',
    dataChannelFlooded:
      'The other side sent too much data, so Duet stopped reading their messages. Sound and video go on.',
    diagnosticsViewed: 'The other side is looking at this call’s diagnostics',
    screenShareFailed: (problemCode: DeviceProblem): UserMessage =>
      problemCode === 'denied-by-system'
        ? {
            title: 'Your system keeps the screen from this browser.',
            advice: 'Allow it in the system’s privacy settings, then share again.',
          }
        : {
            title: 'Your screen could not be shared.',
            advice: 'Press “Share screen” again, or choose another window.',
          },
    /** On one's own picture, for as long as it is so. */
    microphoneNotSent: { muted: 'Muted', failed: 'Not heard' },
    statusBanner: {
      transport: 'Reconnecting…',
      localNetwork: 'Your network seems to be gone. Reconnecting…',
      signaling: 'The server does not answer. Still trying…',
      peerDisconnected: 'The other side is reconnecting…',
      peerSignaling: 'The other side is reconnecting to the server…',
      signalingDuringCall: 'The server does not answer. Your call goes on.',
    } satisfies Record<BannerKind, string>,
    /** The call needs no seat; a call that ends cannot come back without one. */
    seatLost: (code: ErrorCode): string =>
      code === 'full'
        ? 'Someone else took your place in the room. Your call goes on.'
        : 'The server doesn’t let you back into the room. Your call goes on.',
    retry: 'Try again',
    quality: {
      unknown: 'Connection: being measured',
      good: 'Good connection',
      fair: 'Fair connection',
      poor: 'Weak connection',
    },
    weakConnectionAdvice: (cause: QualityCause | null, camera: { ours: boolean; theirs: boolean }): string =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? 'Switching your camera off helps.'
          : 'Another network may help.',
  },

  verification,

  /** Told to those who listen to the screen. */
  announcements: {
    connected: 'You are connected.',
    remoteMicrophone: (on: boolean) => (on ? 'Their microphone is on.' : 'Their microphone is off.'),
    remoteCamera: (on: boolean) => (on ? 'Their camera is on.' : 'Their camera is off.'),
    localMicrophone: (on: boolean) => (on ? '' : 'You are muted.'),
    localCamera: (on: boolean) => (on ? '' : 'Your camera is off.'),
  },

  /** A page without proof wants to take the other side's place in the call. */
  unknownPeer: {
    title: 'Someone else may have joined',
    advice:
      'The call was interrupted, and this may not be the same person. They can’t see or hear you until you continue.',
    continue: 'Continue',
    hangUp: 'Hang up',
  },

  callEnded: (reason: CallEndReason): UserMessage => callEndings[reason],
  endedByPeer: (reason: HangupMessageReason): UserMessage => peerEndings[reason],
  /** The call is over, and the room was given to others while it went on. */
  endedWithoutSeat: (reason: CallEndReason): UserMessage => ({
    title: callEndings[reason].title,
    advice: 'Your place in the room was given away during the call. Try again to enter.',
  }),
  /** By whose network is to blame. */
  connectionLost: {
    localNetwork: 'Your network seems to be gone. You keep your place in the room for now: try again when it is back.',
    remoteNetwork: 'Their network seems to be gone. You both keep your places for now: try again in a moment.',
    unknown:
      'You both reach the server, but not each other. You keep your places: try again, perhaps in another network.',
  },
  apiError: (code: ErrorCode): UserMessage => apiErrors[code],
  actions: { tryAgain: 'Try again', newRoom: 'New room', checkConnection: 'Check the connection' },

  otherTab: { note: 'You are in this room already, in another tab of this browser.', continueHere: 'Continue here' },
  openInOtherTab: {
    title: 'This room is open elsewhere',
    advice: 'The call goes on in the tab or window that you opened last.',
    useHere: 'Use here',
  },
  left: {
    title: 'You left',
    advice: 'The room is still there, and so is its link.',
    rejoin: 'Rejoin',
    newRoom: 'New room',
  },
  inspect: {
    title: 'Show this page’s diagnostics at stately.ai?',
    advice:
      'This link opens the Stately Inspector, a page of another company. It gets the states and events of your calls on this page as they happen. It gets no names, addresses, sound or pictures.',
    open: 'Open stately.ai',
    decline: 'No, thanks',
    blocked: {
      title: 'Your browser blocked the window',
      advice: 'Allow pop-ups for this page, then press “Open stately.ai” again.',
    },
  },
  invalidRoomName: { goHome: 'To the start' },
  notFound: {
    title: 'Nothing here',
    advice: 'This page does not exist. Perhaps the link was cut off.',
    goHome: 'To the start',
  },
  unreachable: (cause: UnreachableCause): string => unreachableCauses[cause],
  missingFeature: (what: MissingFeature, browser: Browser): UserMessage => missingFeatures[what](browser),
  updated: (isInRoom: boolean): UserMessage => ({
    title: 'Duet was updated',
    advice: isInRoom
      ? 'Your call goes on. Reload for the new version: you come back to your place.'
      : 'Reload for the new version.',
  }),
  partLoading: 'Loading…',
  partLoadFailed: { title: 'This part did not load', advice: 'Check your network, then try again.' },
  pageLoadFailed: { title: 'This page did not load', advice: 'Check your network, then reload.', reload: 'Reload' },
}
