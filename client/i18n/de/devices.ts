import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import type { Browser } from '../browserName.ts'
import type { devices as english } from '../devices.en.ts'
import type { UserMessage } from '../userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>
type CaptureKinds = CaptureKind | 'both'

/** Nominative and accusative. */
const devicesWithArticle: Record<CaptureKinds, string> = {
  microphone: 'das Mikrofon',
  camera: 'die Kamera',
  both: 'Kamera und Mikrofon',
}
const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const selectedDevices: Record<CaptureKind, string> = {
  microphone: 'Das ausgewählte Mikrofon',
  camera: 'Die ausgewählte Kamera',
}
const missingDevices: Record<CaptureKinds, string> = {
  microphone: 'Kein Mikrofon',
  camera: 'Keine Kamera',
  both: 'Weder Kamera noch Mikrofon',
}
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '„Mikrofon“',
  camera: '„Kamera“',
  both: '„Kamera“ und „Mikrofon“',
}
const isOrAre = (kind: CaptureKinds): string => (kind === 'both' ? 'sind' : 'ist')

const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `Klicke auf das Symbol links neben der Adressleiste und schalte ${browserSwitchLabels[kind]} ein. Danach geht es automatisch weiter.`,
  firefox: (kind) =>
    `Klicke in der Adressleiste auf das durchgestrichene Symbol für ${devicesWithArticle[kind]}, entferne „Blockiert“ und wähle dann „Erneut versuchen“.`,
  safari: (kind) =>
    `Öffne Safari → Einstellungen für diese Website, stelle ${devicesWithArticle[kind]} auf „Erlauben“ und wähle dann „Erneut versuchen“.`,
  ios: (kind) =>
    `Tippe in der Adressleiste auf das Symbol → Website-Einstellungen, stelle ${devicesWithArticle[kind]} auf „Erlauben“ und wähle dann „Erneut versuchen“.`,
  other: (kind) =>
    `Erlaube dieser Seite in den Browsereinstellungen ${devicesWithArticle[kind]} und wähle dann „Erneut versuchen“.`,
}

const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome oder einem anderen Browser',
  firefox: 'Firefox oder einem anderen Browser',
  safari: 'Safari',
  ios: 'Safari',
  other: 'Chrome, Firefox oder Safari',
}

const stalledTitles: Record<CaptureKinds, string> = {
  microphone: 'Vom Mikrofon kommt kein Ton.',
  camera: 'Von der Kamera kommt kein Bild.',
  both: 'Von Kamera und Mikrofon kommt kein Signal.',
}

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `Der Zugriff auf ${devicesWithArticle[kind]} ist blockiert.`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `Dein System blockiert ${devicesWithArticle[kind]} für diesen Browser.`,
    advice: `Erlaube ${devicesWithArticle[kind]} in den Datenschutzeinstellungen des Systems. Eventuell musst du den Browser neu starten.`,
  }),
  missing: (kind) => ({
    title: `${missingDevices[kind]} gefunden.`,
    advice: 'Schließ ein Gerät an, dann startet es automatisch.',
  }),
  busy: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ${kind === 'both' ? 'werden' : 'wird'} gerade von einer anderen App benutzt.`,
    advice: 'Beende andere Anrufe und Aufnahmen und wähle dann „Erneut versuchen“.',
  }),
  unsuitable: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ${isOrAre(kind)} für Anrufe nicht geeignet.`,
    advice: 'Wähle ein anderes Gerät.',
  }),
  insecure: (kind) => ({
    title: `Dein Browser erlaubt ${devicesWithArticle[kind]} nur auf sicheren Seiten (https).`,
    advice: 'Öffne diese Seite mit https:// oder bitte die Person, die den Server betreibt, https einzuschalten.',
  }),
  unsupported: (kind, browser) => ({
    title: `Der Browser dieser App kann ${devicesWithArticle[kind]} nicht benutzen.`,
    advice: `Kopiere den Link und öffne ihn in ${alternativeBrowsers[browser]}.`,
  }),
  unplugged: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ${isOrAre(kind)} nicht mehr verbunden.`,
    advice: 'Schließ das Gerät wieder an, dann geht es automatisch weiter, oder wähle ein anderes.',
  }),
  stalled: (kind) => ({
    title: stalledTitles[kind],
    advice: 'Wähle ein anderes Gerät oder zieh es ab und schließ es wieder an. Wähle dann „Erneut versuchen“.',
  }),
  unknown: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ${kind === 'both' ? 'konnten' : 'konnte'} nicht gestartet werden.`,
    advice:
      'Wähle „Erneut versuchen“. Wenn das nicht hilft, zieh das Gerät ab und schließ es wieder an oder starte den Browser neu.',
  }),
}

const substitutionReasons: Record<DeviceProblem, string> = {
  denied: 'ist blockiert',
  'denied-by-system': 'ist vom System blockiert',
  missing: 'ist nicht angeschlossen',
  busy: 'wird von einer anderen App benutzt',
  unsuitable: 'ist für Anrufe nicht geeignet',
  insecure: 'konnte nicht gestartet werden',
  unsupported: 'konnte nicht gestartet werden',
  unplugged: 'wurde getrennt',
  stalled: 'funktioniert nicht mehr',
  unknown: 'konnte nicht gestartet werden',
}

export const devices: typeof english = {
  title: 'Geräte',
  camera: 'Kamera',
  microphone: 'Mikrofon',
  speaker: 'Lautsprecher',
  systemDefault: 'Systemstandard',
  noDevices: 'Keine Geräte gefunden',
  permissionNeeded: 'Berechtigung nötig',
  unnamed: { camera: (n) => `Kamera ${n}`, microphone: (n) => `Mikrofon ${n}`, speaker: (n) => `Lautsprecher ${n}` },
  tryAgain: 'Erneut versuchen',
  close: 'Schließen',
  shortcuts: 'Tastenkürzel (M Mikrofon, V Kamera, D Diagnose)',
  dismiss: 'Hinweis schließen',
  problem: (kind, problemCode, browser) => deviceProblems[problemCode](kind, browser),
  substituted: (kind, problemCode, label) =>
    `${selectedDevices[kind]} ${substitutionReasons[problemCode]}. Stattdessen wird ${label ? `„${label}“` : 'ein anderes Gerät'} benutzt.`,
  trackMuted: {
    microphone: {
      title: 'Dein Mikrofon ist am Gerät oder im System stummgeschaltet.',
      advice: 'Man hört dich nicht. Prüfe den Schalter am Headset und die Toneinstellungen des Systems.',
    },
    camera: {
      title: 'Deine Kamera ist am Gerät oder im System ausgeschaltet.',
      advice: 'Man sieht dich nicht. Öffne die Abdeckung oder prüfe den Kameraschalter am Computer.',
    },
  },
}
