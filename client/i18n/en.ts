import type { DeviceKind, DeviceProblem, HangupReason } from '../../machines/protocol/vocabulary.ts'
import type { Cause } from '../../machines/status/qualityMachine.ts'
import type { ByeReason, Code } from '../../machines/protocol/messages.ts'
import type { Browser } from './browserName.ts'
import type { Word } from '../session/statusBanner.ts'
import type { Missing } from '../common/browserSupport.ts'
import type { Unreachable } from '../signaling/unreachable.svelte.ts'
import { safety } from './verification.en.ts'
import type { Words } from './words.ts'

type Owned = Exclude<DeviceKind, 'screen'>

/** One of them, or both where the same is the matter with both. */
type Owners = Owned | 'both'

const device: Record<Owners, string> = { microphone: 'microphone', camera: 'camera', both: 'camera and microphone' }
/** What a browser calls its switch. */
const labelOf: Record<Owners, string> = { microphone: '“Microphone”', camera: '“Camera”', both: '“Camera” and “Microphone”' }
const are = (kind: Owners): string => (kind === 'both' ? 'are' : 'is')

/** Where each browser hides the answer that was given once. */
const allow: Record<Browser, (kind: Owners) => string> = {
  chromium: (kind) => `Press the icon left of the address, switch on ${labelOf[kind]}, and it starts by itself.`,
  firefox: (kind) => `Press the crossed-out ${device[kind]} left of the address, remove “Blocked”, then press “Try again”.`,
  safari: (kind) => `Open Safari’s menu → Settings for this website, set ${device[kind]} to “Allow”, then press “Try again”.`,
  ios: (kind) => `Press the icon left of the address → Website Settings, set ${device[kind]} to “Allow”, then press “Try again”.`,
  other: (kind) => `Allow the ${device[kind]} for this page in your browser’s settings, then press “Try again”.`,
}

/** The browser to use in place of the one that is built into an app. */
const outside: Record<Browser, string> = {
  chromium: 'Chrome or another browser', firefox: 'Firefox or another browser', safari: 'Safari', ios: 'Safari', other: 'Chrome, Firefox or Safari',
}

const nothing: Record<Owners, string> = { microphone: 'no sound', camera: 'no picture', both: 'nothing' }

const problem: Record<DeviceProblem, (kind: Owners, browser: Browser) => Words> = {
  denied: (kind, browser) => ({ title: `The ${device[kind]} ${are(kind)} not allowed here.`, advice: allow[browser](kind) }),
  'denied-by-system': (kind) => ({
    title: `Your system keeps the ${device[kind]} from this browser.`,
    advice: `In the system’s privacy settings, allow the ${device[kind]} for this browser. You may have to start it again.`,
  }),
  missing: (kind) => ({ title: `No ${device[kind].replace(' and ', ' or ')} found.`, advice: 'Plug one in and it starts by itself.' }),
  busy: (kind) => ({
    title: `Another program is using the ${device[kind]}.`,
    advice: `Close other calls and recorders, then press “Try again”.`,
  }),
  unsuitable: (kind) => ({ title: `The ${device[kind]} can’t do what a call needs.`, advice: 'Choose another one.' }),
  insecure: (kind) => ({
    title: `Browsers give a ${device[kind]} to secure pages only.`,
    advice: `Open this page with https:// in front. Whoever runs this server can switch it on.`,
  }),
  unsupported: (kind, browser) => ({
    title: `This app’s browser can’t use the ${device[kind]}.`,
    advice: `Copy the link and open it in ${outside[browser]}.`,
  }),
  unplugged: (kind) => ({ title: `The ${device[kind]} went away.`, advice: 'Plug it in again and it comes back by itself, or choose another one.' }),
  stalled: (kind) => ({ title: `The ${device[kind]} ${kind === 'both' ? 'deliver' : 'delivers'} ${nothing[kind]}.`, advice: 'Choose another one, or plug it in again and press “Try again”.' }),
  unknown: (kind) => ({
    title: `The ${device[kind]} ${kind === 'both' ? 'don’t' : 'doesn’t'} start.`,
    advice: 'Press “Try again”. If that doesn’t help, plug it in again or restart the browser.',
  }),
}

/** Why the device that was wanted is not the one in use. */
const lack: Record<DeviceProblem, string> = {
  denied: 'isn’t allowed here', 'denied-by-system': 'is kept from this browser by your system', missing: 'isn’t there', busy: 'is used by another program',
  unsuitable: 'can’t do what a call needs', insecure: 'doesn’t start', unsupported: 'doesn’t start', unplugged: 'went away', stalled: 'stopped working', unknown: 'doesn’t start',
}

const silence: Record<Owned, Words> = {
  microphone: {
    title: 'Your microphone is muted by your device or system.',
    advice: 'They can’t hear you. Check the switch on your headset and your system’s sound settings.',
  },
  camera: {
    title: 'Your camera is switched off by your device or system.',
    advice: 'They can’t see you. Open its cover, or check the camera switch on your computer.',
  },
}

const refusal: Record<Code, Words> = {
  full: { title: 'This room is full', advice: 'Two people are in it already, and a duet is for two. Wait until one of them leaves, or make a room of your own.' },
  'bad-room': { title: 'This is not the name of a room', advice: 'Names have up to 64 letters and digits. Perhaps the link was cut off: ask for it again.' },
  'bad-input': { title: 'The server did not understand this page', advice: 'The page may be older than the server. Reload it.' },
  'too-large': { title: 'That was too much for the server', advice: 'Reload the page and try again.' },
  throttled: { title: 'Too many attempts', advice: 'Wait a minute, then try again.' },
  'server-full': { title: 'This server is full', advice: 'Too many calls are open at the moment. Try again in a few minutes.' },
  'not-ready': { title: 'The server forgot this visit', advice: 'Try again, and you are back.' },
  'seat-lost': { title: 'Your place is gone', advice: 'You were away for too long. Try again: if there is still room, you are back.' },
  'out-of-order': { title: 'Something got lost on the way', advice: 'Try again, and the call starts afresh.' },
  unavailable: { title: 'The server is busy', advice: 'It cannot let anyone in at the moment. Try again shortly.' },
  'not-found': { title: 'This page does not fit the server', advice: 'The page may be older than the server. Reload it.' },
  internal: { title: 'The server made a mistake', advice: 'That was not you. Try again; whoever runs the server finds more in its log.' },
}

const ending: Record<HangupReason, Words> = {
  local: { title: 'You hung up', advice: '' },
  remote: { title: 'They hung up', advice: 'You are still in the room. If they open the link again, you meet here.' },
  left: { title: 'They have left', advice: 'You are still in the room. If they open the link again, you meet here.' },
  elsewhere: { title: 'The call goes on elsewhere', advice: 'You opened this room in another tab or window.' },
  failed: {
    title: 'No way to each other was found',
    advice: 'A firewall may be in between. Try again, try another network, or look at what the connection check says.',
  },
  lost: { title: 'The connection was lost', advice: 'Your network, or theirs, is gone. You keep your place in the room for now.' },
}

/** Why the other side could not go on. */
const farewell: Record<ByeReason, Words> = {
  unsupported: { title: 'Their browser can’t make video calls', advice: 'Ask them to open the link in another browser. You are still in the room.' },
}

/** Why the way is weak, and what helps. `camera`: ours is on, theirs is on. */
const weakness: Record<Cause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  out: ({ ours }) => (ours ? 'What you send arrives badly. Switching your camera off helps.' : 'What you send arrives badly. Perhaps you are far from your Wi-Fi.'),
  in: ({ theirs }) => (theirs ? 'What they send arrives badly. It helps if they switch their camera off.' : 'What they send arrives badly. Perhaps they are far from their Wi-Fi.'),
  both: ({ ours, theirs }) => (ours || theirs ? 'Much is lost both ways. Switching the cameras off helps.' : 'Much is lost both ways. Another network may help.'),
  far: () => 'It takes long to arrive. Let each other finish.',
}

const owner = 'The person who runs this server can'

/** Why the server is out of reach. */
const unreachable: Record<Unreachable, string> = {
  offline: 'You are offline. Duet goes on as soon as your network is back.',
  silent: 'The server doesn’t answer. It may be restarting, or your network blocks it.',
  elsewhere: 'Something else answers in place of the server. If this network asks you to sign in, do that first.',
  gateway: `The server behind this address doesn’t answer. ${owner} look at the log.`,
  busy: 'The server takes no more connections at the moment. Duet keeps trying.',
  host: `The server doesn’t know this address as its own. ${owner} set DUET_PUBLIC_URL.`,
  origin: `The server doesn’t accept pages from this address. ${owner} set DUET_ALLOWED_ORIGINS.`,
  websocket: 'The server answers, but a proxy or firewall blocks the WebSocket that calls need. Try another network.',
}

/** Where each browser hides what it was told to switch off. */
const allowWebRtc: Record<Browser, string> = {
  chromium: 'Switch off extensions that block WebRTC, then reload. Or open the link in another browser.',
  firefox: 'Open about:config, set media.peerconnection.enabled to true, and switch off extensions that block WebRTC. Then reload.',
  safari: 'Switch off extensions that block WebRTC and Lockdown Mode for this page, then reload. Or open the link in another browser.',
  ios: 'Switch off Lockdown Mode for this page and reload, or open the link in Safari.',
  other: 'Open the link in a current Chrome, Edge, Firefox or Safari.',
}

const missing: Record<Missing, (browser: Browser) => Words> = {
  webrtc: (browser) => ({ title: 'This browser can’t make calls: WebRTC is missing or blocked.', advice: allowWebRtc[browser] }),
  websocket: () => ({ title: 'This browser can’t make calls: WebSocket is missing.', advice: allowWebRtc.other }),
}

export const en = {
  language: 'en',
  name: 'Duet',
  diagnostics: 'Diagnostics',

  start: {
    title: 'A call for two.',
    about: 'Video calls between two people, on a server of your own: no account, nothing to install, and no company in between.',
    newRoom: 'New room',
    newRoomNote: 'Makes a link that nobody can guess.',
    nameLabel: 'Name or link of a room',
    namePlaceholder: 'kitchen-table',
    go: 'Go',
    nameNote: 'Case and spaces do not matter. A short name is easy to say, and easy to guess.',
    nameEmpty: 'Type a name first, or press “New room”.',
    nameWrong: 'That is no name of a room: use up to 64 letters and digits, with dashes or dots between them.',
    check: 'Check the connection',
  },

  titles: {
    start: 'Duet: a call for two',
    misnamed: 'No such room · Duet',
    nowhere: 'Not found · Duet',
    check: 'Connection check · Duet',
    lobby: 'Ready to join? · Duet',
    entering: 'Joining… · Duet',
    waiting: 'Waiting · Duet',
    connecting: 'Connecting… · Duet',
    call: 'In a call · Duet',
    asked: 'Who is it? · Duet',
    mending: 'Reconnecting… · Duet',
    ended: 'Call ended · Duet',
    refused: 'Not let in · Duet',
    elsewhere: 'Open elsewhere · Duet',
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
    serverLost: 'The server does not answer. Still trying; perhaps your network is gone.',
    level: 'Loudness of your microphone',
    asking: 'Asking for your camera…',
    off: 'Your camera is off',
  },

  devices: {
    title: 'Devices',
    camera: 'Camera',
    microphone: 'Microphone',
    speaker: 'Speaker',
    standard: 'As the system chooses',
    none: 'None to choose from',
    nameless: { camera: (n: number) => `Camera ${n}`, microphone: (n: number) => `Microphone ${n}`, speaker: (n: number) => `Speaker ${n}` },
    tryAgain: 'Try again',
    close: 'Close',
    shortcuts: 'Shortcuts on the keyboard: M for the microphone, V for the camera, D for diagnostics',
    dismiss: 'Close this notice',
    problem: (kind: Owners, problemCode: DeviceProblem, browser: Browser): Words => problem[problemCode](kind, browser),
    /** @param label of the device in use; empty where the browser does not tell */
    instead: (kind: Owned, problemCode: DeviceProblem, label: string): string =>
      `The ${device[kind]} you used or chose ${lack[problemCode]}. ${label ? `“${label}”` : 'Another one'} is on instead.`,
    silenced: silence,
  },

  entering: { title: 'Joining…', slow: 'This takes longer than usual. Still trying.', cancel: 'Cancel' },

  connecting: {
    title: 'Connecting…',
    asking: 'Somebody is here. Just a moment.',
    seeking: 'A way to each other is looked for.',
    again: (n: number, of: number) => `No way was found yet. Attempt ${n} of ${of}.`,
    away: 'The other side has no connection at the moment. It goes on as soon as they are back.',
    line: 'The server does not answer. Still trying; perhaps your network is gone.',
  },

  waiting: {
    title: 'You are the first one here',
    invite: 'Send this link to the person you want to talk to.',
    link: 'Link to this room',
    copy: 'Copy link',
    copied: 'Copied',
    copyFailed: 'Select and copy it by hand',
    share: 'Share…',
    shareTitle: 'A call with me',
    qr: 'Show a code to scan',
    qrLabel: (link: string) => `QR code of ${link}`,
    local: (isInsecure: boolean): string => isInsecure
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
    share: 'Share screen',
    stopShare: 'Stop sharing',
    devices: 'Devices',
    fullscreen: 'Full screen',
    exitFullscreen: 'Leave full screen',
    hangUp: 'Hang up',
    fill: 'Fill the screen',
    fit: 'Show all of it',
    playSound: 'Play sound',
    playSoundNote: 'Your browser waits for you before it plays sound.',
    play: 'Play',
    playNote: 'Your device paused the call.',
    own: 'Your picture',
    theirs: 'Their picture',
    move: (corner: string) => `Your picture, ${corner}. Arrow keys or Enter move it.`,
    corners: { 'top-left': 'top left', 'top-right': 'top right', 'bottom-left': 'bottom left', 'bottom-right': 'bottom right' },
    theirCameraOff: 'Their camera is off',
    theirMicrophoneOff: 'Their microphone is off',
    theirScreen: 'They are sharing their screen',
    ownScreen: 'You are sharing your screen',
    flooded: 'The other side sent too much data, so Duet stopped reading their messages. Sound and video go on.',
    watched: 'The other side is looking at this call’s diagnostics',
    shareFailed: (problemCode: DeviceProblem): Words => problemCode === 'denied-by-system'
      ? { title: 'Your system keeps the screen from this browser.', advice: 'Allow it in the system’s privacy settings, then share again.' }
      : { title: 'Your screen could not be shared.', advice: 'Press “Share screen” again, or choose another window.' },
    /** On one's own picture, for as long as it is so. */
    unheard: { muted: 'Muted', failed: 'Not heard' },
    trouble: {
      path: 'Reconnecting…',
      own: 'Your network seems to be gone. Reconnecting…',
      line: 'The server does not answer. Still trying…',
      peer: 'The other side is reconnecting…',
      theirs: 'The other side is reconnecting to the server…',
      server: 'The server does not answer. Your call goes on.',
    } satisfies Record<Word, string>,
    /** The call needs no seat; a call that ends cannot come back without one. */
    unseated: (code: Code): string => code === 'full'
      ? 'Someone else took your place in the room. Your call goes on.'
      : 'The server doesn’t let you back into the room. Your call goes on.',
    retry: 'Try again',
    quality: {
      unknown: 'Connection: being measured',
      good: 'Good connection',
      fair: 'Fair connection',
      poor: 'Weak connection',
    },
    weak: (cause: Cause | null, camera: { ours: boolean; theirs: boolean }): string =>
      cause ? weakness[cause](camera) : camera.ours ? 'Switching your camera off helps.' : 'Another network may help.',
  },

  safety,

  /** Told to those who listen to the screen. */
  told: {
    connected: 'You are connected.',
    microphone: (on: boolean) => (on ? 'Their microphone is on.' : 'Their microphone is off.'),
    camera: (on: boolean) => (on ? 'Their camera is on.' : 'Their camera is off.'),
    ownMicrophone: (on: boolean) => (on ? '' : 'You are muted.'),
    ownCamera: (on: boolean) => (on ? '' : 'Your camera is off.'),
  },

  /** A page without proof wants to take the other side's place in the call. */
  asked: {
    title: 'Someone else may have joined',
    advice: 'The call was interrupted, and this may not be the same person. They can’t see or hear you until you continue.',
    continue: 'Continue',
    hangUp: 'Hang up',
  },

  ended: (reason: HangupReason): Words => ending[reason],
  endedByThem: (reason: ByeReason): Words => farewell[reason],
  /** The call is over, and the room was given to others while it went on. */
  endedUnseated: (reason: HangupReason): Words => ({ title: ending[reason].title, advice: 'Your place in the room was given away during the call. Try again to enter.' }),
  /** By whose network is to blame. */
  lost: {
    ours: 'Your network seems to be gone. You keep your place in the room for now: try again when it is back.',
    theirs: 'Their network seems to be gone. You both keep your places for now: try again in a moment.',
    nobody: 'You both reach the server, but not each other. You keep your places: try again, perhaps in another network.',
  },
  refused: (code: Code): Words => refusal[code],
  refusal: { tryAgain: 'Try again', newRoom: 'New room', check: 'Check the connection' },

  sibling: { note: 'You are in this room already, in another tab of this browser.', continue: 'Continue here' },
  elsewhere: { title: 'This room is open elsewhere', advice: 'The call goes on in the tab or window that you opened last.', useHere: 'Use here' },
  left: { title: 'You left', advice: 'The room is still there, and so is its link.', rejoin: 'Rejoin', newRoom: 'New room' },
  inspect: {
    title: 'Show this page’s diagnostics at stately.ai?',
    advice: 'This link opens the Stately Inspector, a page of another company. It gets the states and events of your calls on this page as they happen. It gets no names, addresses, sound or pictures.',
    open: 'Open stately.ai',
    decline: 'No, thanks',
    blocked: { title: 'Your browser blocked the window', advice: 'Allow pop-ups for this page, then press “Open stately.ai” again.' },
  },
  misnamed: { start: 'To the start' },
  nowhere: { title: 'Nothing here', advice: 'This page does not exist. Perhaps the link was cut off.', start: 'To the start' },
  unreachable: (cause: Unreachable): string => unreachable[cause],
  missing: (what: Missing, browser: Browser): Words => missing[what](browser),
  updated: (isInside: boolean): Words => ({
    title: 'Duet was updated',
    advice: isInside ? 'Your call goes on. Reload for the new version: you come back to your place.' : 'Reload for the new version.',
  }),
  partLoading: 'Loading…',
  partFailed: { title: 'This part did not load', advice: 'Check your network, then try again.' },
  failed: { title: 'This page did not load', advice: 'Check your network, then reload.', reload: 'Reload' },
}
