import type { DeviceKind, DeviceProblem } from '../../machines/protocol/vocabulary.ts'
import type { Browser } from './browserName.ts'
import type { UserMessage } from './userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>

/** One device, or both if both have the same problem. */
type CaptureKinds = CaptureKind | 'both'

const deviceNames: Record<CaptureKinds, string> = {
  microphone: 'microphone',
  camera: 'camera',
  both: 'camera and microphone',
}
const capitalizedDeviceNames: Record<CaptureKinds, string> = {
  microphone: 'Microphone',
  camera: 'Camera',
  both: 'Camera and microphone',
}
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: 'Microphone',
  camera: 'Camera',
  both: 'Camera and Microphone',
}
const itOrThey = (kind: CaptureKinds): string => (kind === 'both' ? 'They' : 'It')

/** Where each browser lets a person change a denied permission. */
const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `Click the icon to the left of the address bar and turn on ${browserSwitchLabels[kind]}. ${itOrThey(kind)} will start automatically.`,
  firefox: (kind) =>
    `Click the crossed-out ${deviceNames[kind]} in the address bar, remove “Blocked”, then press “Try again”.`,
  safari: (kind) =>
    `Choose Safari → Settings for This Website, set ${deviceNames[kind]} to “Allow”, then press “Try again”.`,
  ios: (kind) =>
    `Tap the icon in the address bar → Website Settings, set ${deviceNames[kind]} to “Allow”, then press “Try again”.`,
  other: (kind) => `Allow the ${deviceNames[kind]} for this page in your browser’s settings, then press “Try again”.`,
}

/** Browsers to use instead of one that is built into an app. */
const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome or another browser',
  firefox: 'Firefox or another browser',
  safari: 'Safari',
  ios: 'Safari',
  other: 'Chrome, Firefox or Safari',
}

const missingMedia: Record<CaptureKinds, string> = { microphone: 'No sound', camera: 'No video', both: 'No signal' }

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `${capitalizedDeviceNames[kind]} access is blocked.`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `Your system is blocking the ${deviceNames[kind]} for this browser.`,
    advice: `Allow the ${deviceNames[kind]} in your system’s privacy settings. You may need to restart the browser.`,
  }),
  missing: (kind) => ({
    title: `No ${deviceNames[kind].replace(' and ', ' or ')} found.`,
    advice: 'Plug one in and it will start automatically.',
  }),
  busy: (kind) => ({
    title: `Another app is using the ${deviceNames[kind]}.`,
    advice: 'Close other calls and recordings, then press “Try again”.',
  }),
  unsuitable: (kind) => ({
    title: `This ${deviceNames[kind]} can’t be used for calls.`,
    advice: 'Choose another one.',
  }),
  insecure: (kind) => ({
    title: `Your browser allows the ${deviceNames[kind]} only on secure (https) pages.`,
    advice: 'Open this page with https://, or ask the person who runs this server to turn on https.',
  }),
  unsupported: (kind, browser) => ({
    title: `This app’s browser can’t use the ${deviceNames[kind]}.`,
    advice: `Copy the link and open it in ${alternativeBrowsers[browser]}.`,
  }),
  unplugged: (kind) => ({
    title: `${capitalizedDeviceNames[kind]} disconnected.`,
    advice: 'Plug it back in and it will resume automatically, or choose another one.',
  }),
  stalled: (kind) => ({
    title: `${missingMedia[kind]} from the ${deviceNames[kind]}.`,
    advice: 'Choose another one, or unplug it and plug it back in, then press “Try again”.',
  }),
  unknown: (kind) => ({
    title: `The ${deviceNames[kind]} couldn’t be started.`,
    advice: 'Press “Try again”. If that doesn’t help, unplug it and plug it back in, or restart the browser.',
  }),
}

/** Why another device than the selected one is in use. */
const substitutionReasons: Record<DeviceProblem, string> = {
  denied: 'is blocked',
  'denied-by-system': 'is blocked by your system',
  missing: 'isn’t connected',
  busy: 'is in use by another app',
  unsuitable: 'can’t be used for calls',
  insecure: 'couldn’t be started',
  unsupported: 'couldn’t be started',
  unplugged: 'was disconnected',
  stalled: 'stopped working',
  unknown: 'couldn’t be started',
}

const mutedTracks: Record<CaptureKind, UserMessage> = {
  microphone: {
    title: 'Your microphone is muted by your device or system.',
    advice: 'They can’t hear you. Check the switch on your headset and your system’s sound settings.',
  },
  camera: {
    title: 'Your camera is switched off by your device or system.',
    advice: 'They can’t see you. Open its cover, or check the camera switch on your computer.',
  },
}

/** Texts about the microphone, the camera and the speaker. */
export const devices = {
  title: 'Devices',
  camera: 'Camera',
  microphone: 'Microphone',
  speaker: 'Speaker',
  systemDefault: 'System default',
  noDevices: 'No devices found',
  permissionNeeded: 'Permission needed',
  unnamed: {
    camera: (n: number) => `Camera ${n}`,
    microphone: (n: number) => `Microphone ${n}`,
    speaker: (n: number) => `Speaker ${n}`,
  },
  tryAgain: 'Try again',
  close: 'Close',
  shortcuts: 'Keyboard shortcuts (M mute, V camera, D diagnostics)',
  dismiss: 'Close this notice',
  problem: (kind: CaptureKinds, problemCode: DeviceProblem, browser: Browser): UserMessage =>
    deviceProblems[problemCode](kind, browser),
  /** @param label of the device in use; empty if the browser hides it */
  substituted: (kind: CaptureKind, problemCode: DeviceProblem, label: string): string =>
    `Your selected ${deviceNames[kind]} ${substitutionReasons[problemCode]}. Using ${label ? `“${label}”` : 'another one'} instead.`,
  trackMuted: mutedTracks,
}
