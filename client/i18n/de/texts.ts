import type { CallEndReason } from '../../../machines/protocol/vocabulary.ts'
import type { QualityCause } from '../../../machines/status/qualityMachine.ts'
import type { HangupMessageReason, ErrorCode } from '../../../machines/protocol/messages.ts'
import type { MissingFeature } from '../../common/browserSupport.ts'
import type { UnreachableCause } from '../../signaling/serverReachability.svelte.ts'
import type { Browser } from '../browserName.ts'
import type { Texts } from '../texts.ts'
import type { UserMessage } from '../userMessage.ts'
import { devices } from './devices.ts'
import { named } from './named.ts'

const apiErrors: Record<ErrorCode, UserMessage> = {
  full: {
    title: 'Dieser Raum ist voll',
    advice: 'Hier sind schon zwei Personen. Versuch es wieder, wenn jemand geht, oder öffne einen neuen Raum.',
  },
  'ask-first': { title: 'Um Einlass bitten', advice: 'Die Person in diesem Raum entscheidet, wer beitritt.' },
  locked: {
    title: 'Dieser Raum ist gesperrt',
    advice: 'Bitte die Person im Raum, ihn zu entsperren, oder öffne einen neuen Raum.',
  },
  'invalid-room-name': {
    title: 'Ungültiger Raumname',
    advice:
      'Namen haben bis zu 64 Buchstaben und Ziffern. Vielleicht ist der Link unvollständig: Lass ihn dir noch einmal schicken.',
  },
  'invalid-input': {
    title: 'Der Server konnte diese Anfrage nicht lesen',
    advice: 'Diese Seite ist vielleicht veraltet. Lade sie neu.',
  },
  'too-large': { title: 'Anfrage zu groß', advice: 'Lade die Seite neu und versuch es noch einmal.' },
  throttled: { title: 'Zu viele Versuche', advice: 'Warte eine Minute und versuch es dann noch einmal.' },
  'server-full': {
    title: 'Dieser Server ist voll',
    advice: 'Gerade laufen zu viele Anrufe. Versuch es in ein paar Minuten noch einmal.',
  },
  'not-joined': { title: 'Deine Sitzung ist abgelaufen', advice: 'Versuch es noch einmal, um wieder beizutreten.' },
  'seat-lost': {
    title: 'Dein Platz ist weg',
    advice: 'Du warst zu lange fort. Versuch es noch einmal: Wenn noch Platz ist, kannst du wieder beitreten.',
  },
  'out-of-order': { title: 'Nicht mehr synchron', advice: 'Versuch es noch einmal, um den Anruf neu zu starten.' },
  unavailable: {
    title: 'Der Server ist überlastet',
    advice: 'Er kann gerade niemanden einlassen. Versuch es gleich noch einmal.',
  },
  'not-found': { title: 'Diese Seite ist veraltet', advice: 'Lade sie neu, um die aktuelle Version zu bekommen.' },
  internal: {
    title: 'Auf dem Server ist etwas schiefgegangen',
    advice: 'Bitte versuch es noch einmal. Einzelheiten stehen im Serverprotokoll.',
  },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: 'Du hast aufgelegt', advice: '' },
  remote: { title: 'Die andere Person hat aufgelegt', advice: '' },
  left: { title: 'Die andere Person ist gegangen', advice: '' },
  replaced: { title: 'Dieser Anruf ist umgezogen', advice: 'Er ist jetzt in einem anderen Tab oder Fenster offen.' },
  failed: {
    title: 'Der Anruf kam nicht zustande',
    advice:
      'Vielleicht blockiert ihn eine Firewall. Versuch es noch einmal, nimm ein anderes Netzwerk oder starte den Verbindungstest.',
  },
  lost: {
    title: 'Die Verbindung ist abgebrochen',
    advice: 'Bei einem von euch ist das Netz ausgefallen. Dein Platz im Raum bleibt reserviert.',
  },
}

const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: 'Der Browser am anderen Ende kann keine Videoanrufe',
    advice: 'Bitte die andere Person, den Link in einem anderen Browser zu öffnen.',
  },
}

const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? 'Deine Verbindung ist schwach. Schalte deine Kamera aus, das hilft.'
      : 'Deine Verbindung ist schwach. Geh näher an dein WLAN.',
  inbound: ({ theirs }) =>
    theirs
      ? 'Die Verbindung der anderen Person ist schwach. Ohne Kamera wird es dort vielleicht besser.'
      : 'Die Verbindung der anderen Person ist schwach. Näher am WLAN wird es dort vielleicht besser.',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? 'Die Verbindung ist in beide Richtungen schwach. Schaltet die Kameras aus, das hilft.'
      : 'Die Verbindung ist in beide Richtungen schwach. Ein anderes Netzwerk hilft vielleicht.',
  latency: () => 'Die Verzögerung ist groß. Warte kurz, bevor du antwortest.',
}

const operatorCan = 'Wer den Server betreibt, kann'

const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'Du bist offline. Duet verbindet sich wieder, sobald dein Netz zurück ist.',
  silent: 'Der Server antwortet nicht. Vielleicht startet er gerade neu, oder dein Netzwerk blockiert ihn.',
  elsewhere:
    'Statt des Servers antwortet etwas anderes. Wenn dieses Netzwerk eine Anmeldung verlangt, melde dich zuerst an.',
  gateway: `Der Server hinter dieser Adresse antwortet nicht. ${operatorCan} im Protokoll nachsehen.`,
  busy: 'Der Server kann gerade keine weiteren Verbindungen annehmen. Duet versucht es weiter.',
  host: `Der Server ist für diese Adresse nicht eingerichtet. ${operatorCan} DUET_PUBLIC_URL setzen.`,
  origin: `Der Server nimmt von dieser Adresse keine Seiten an. ${operatorCan} DUET_ALLOWED_ORIGINS setzen.`,
  websocket:
    'Der Server antwortet, aber ein Proxy oder eine Firewall blockiert den WebSocket, den Anrufe brauchen. Versuch es in einem anderen Netzwerk.',
}

const allowWebRtcAdvice: Record<Browser, string> = {
  chromium:
    'Schalte Erweiterungen aus, die WebRTC blockieren, und lade neu. Oder öffne den Link in einem anderen Browser.',
  firefox:
    'Öffne about:config, setze media.peerconnection.enabled auf true und schalte Erweiterungen aus, die WebRTC blockieren. Lade dann neu.',
  safari:
    'Schalte für diese Seite den Blockierungsmodus und Erweiterungen aus, die WebRTC blockieren, und lade neu. Oder öffne den Link in einem anderen Browser.',
  ios: 'Schalte für diese Seite den Blockierungsmodus aus und lade neu, oder öffne den Link in Safari.',
  other: 'Öffne den Link in einer aktuellen Version von Chrome, Edge, Firefox oder Safari.',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: 'Dieser Browser kann keine Anrufe: WebRTC fehlt oder ist blockiert.',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({ title: 'Dieser Browser kann keine Anrufe: WebSocket fehlt.', advice: allowWebRtcAdvice.other }),
}

export const texts: Texts = {
  language: 'de',
  name: 'Duet',
  diagnostics: 'Diagnose',
  languageMenu: 'Sprache',

  home: {
    title: 'Ein Anruf für zwei.',
    about: 'Private Videoanrufe zu zweit. Ohne Konto, ohne Download, ohne Firma dazwischen.',
    startCall: 'Anruf starten',
    newRoomNote: 'Erstellt einen Link, den niemand erraten kann.',
    nameLabel: 'Mit Link oder Namen beitreten',
    namePlaceholder: 'kitchen-table',
    go: 'Los',
    nameNote: 'Großschreibung und Leerzeichen sind egal. Kurze Namen kann man sich leicht merken – und leicht erraten.',
    nameEmpty: 'Gib einen Link oder Namen ein oder starte einen Anruf.',
    nameInvalid: 'Das ist kein gültiger Raumname. Erlaubt sind bis zu 64 Buchstaben, Ziffern, Bindestriche und Punkte.',
    checkConnection: 'Verbindung testen',
    howItWorks: 'So funktioniert es',
  },

  titles: {
    home: 'Duet: ein Anruf für zwei',
    invalidRoomName: 'Ungültiger Raumname · Duet',
    notFound: 'Seite nicht gefunden · Duet',
    check: 'Verbindungstest · Duet',
    lobby: 'Bereit zum Beitreten? · Duet',
    joining: 'Beitritt läuft … · Duet',
    waiting: 'Warten · Duet',
    connecting: 'Verbinden … · Duet',
    call: 'Im Anruf · Duet',
    unauthenticatedPeer: 'Wer ist da? · Duet',
    reconnecting: 'Neu verbinden … · Duet',
    failed: 'Anruf fehlgeschlagen · Duet',
    ended: 'Anruf beendet · Duet',
    rejected: 'Beitritt nicht möglich · Duet',
    openInOtherTab: 'In anderem Tab offen · Duet',
    left: 'Du bist gegangen · Duet',
  },

  lobby: {
    title: 'Bereit zum Beitreten?',
    room: 'Raum',
    join: 'Beitreten',
    joinNote: (camera, microphone) => {
      if (camera && microphone) return 'Man wird dich sehen und hören.'
      if (microphone) return 'Man wird dich hören, aber nicht sehen.'
      if (camera) return 'Man wird dich sehen, aber nicht hören.'
      return 'Du siehst und hörst die andere Person, sie dich aber nicht.'
    },
    serverUnreachable: 'Der Server ist nicht erreichbar. Neuer Versuch läuft – prüfe deine Internetverbindung.',
    microphoneLevel: 'Mikrofonpegel',
    cameraRequested: 'Kamera wird angefragt …',
    cameraOff: 'Deine Kamera ist aus',
  },

  devices,

  joining: { title: 'Beitritt läuft …', slow: 'Das dauert länger als sonst …', cancel: 'Abbrechen' },

  connecting: {
    title: 'Verbinden …',
    peerPresent: 'Die andere Person ist da – ihr werdet verbunden …',
    findingConnection: 'Verbindung wird gesucht …',
    retrying: (n, of) => `Noch nicht verbunden … (Versuch ${n} von ${of})`,
    peerDisconnected: 'Die andere Person ist gerade offline. Der Anruf geht weiter, sobald sie zurück ist.',
    serverUnreachable: 'Der Server ist nicht erreichbar. Neuer Versuch läuft – prüfe deine Internetverbindung.',
  },

  invitation: {
    title: 'Du bist zuerst da',
    instruction: 'Teile diesen Link, um jemanden einzuladen.',
    link: 'Link zu diesem Raum',
    copy: 'Link kopieren',
    copied: 'Kopiert',
    copyFailed: 'Kopieren nicht möglich – markiere den Link',
    shareLink: 'Teilen …',
    shareTitle: 'Komm in meinen Videoanruf',
    showQrCode: 'QR-Code zeigen',
    qrCodeLabel: (link) => `QR-Code von ${link}`,
    unusableElsewhere: 'Niemand sonst kann diesen Link benutzen, denn Einladungen brauchen eine https-Adresse.',
  },

  call: {
    title: 'Dein Anruf',
    controls: 'Anrufsteuerung',
    mute: 'Stummschalten',
    unmute: 'Ton an',
    cameraOff: 'Kamera aus',
    cameraOn: 'Kamera an',
    shareScreen: 'Bildschirm teilen',
    stopSharing: 'Teilen beenden',
    devices: 'Geräte',
    room: 'Raum',
    closeRoom: 'Schließen',
    view: 'Ansicht',
    flipCamera: 'Kamera wechseln',
    showOwnVideo: 'Dein Video einblenden',
    fullscreen: 'Vollbild',
    exitFullscreen: 'Vollbild beenden',
    hangUp: 'Auflegen',
    fillScreen: 'Fenster füllen',
    showWhole: 'Ganz anzeigen',
    playSound: 'Ton abspielen',
    playSoundNote: 'Dein Browser spielt den Ton erst ab, wenn du tippst.',
    play: 'Abspielen',
    playNote: 'Dein Gerät hat den Anruf angehalten.',
    localVideo: 'Dein Video',
    remoteVideo: 'Video der anderen Person',
    remoteScreen: 'Bildschirm der anderen Person',
    localScreen: 'Dein Bildschirm',
    smallVideo: (video, corner) => `${video}, ${corner}. Vergrößern mit Enter, verschieben mit den Pfeiltasten.`,
    corners: {
      'top-left': 'oben links',
      'top-right': 'oben rechts',
      'bottom-left': 'unten links',
      'bottom-right': 'unten rechts',
    },
    remoteCameraOff: 'Die andere Kamera ist aus',
    remoteMicrophoneOff: 'Das andere Mikrofon ist aus',
    remoteScreenShared: 'Die andere Person teilt ihren Bildschirm',
    localScreenShared: 'Du teilst deinen Bildschirm',
    dataChannelFlooded:
      'Die andere Person hat zu viele Daten gesendet. Duet liest ihre Nachrichten nicht mehr; Ton und Video laufen weiter.',
    diagnosticsViewed: 'Die andere Person sieht sich die Diagnose dieses Anrufs an',
    screenShareFailed: (problemCode) =>
      problemCode === 'denied-by-system'
        ? {
            title: 'Dein System blockiert die Bildschirmaufnahme für diesen Browser.',
            advice: 'Erlaube sie in den Datenschutzeinstellungen und teile dann noch einmal.',
          }
        : {
            title: 'Dein Bildschirm konnte nicht geteilt werden.',
            advice: 'Wähle noch einmal „Bildschirm teilen“ oder nimm ein anderes Fenster.',
          },
    microphoneNotSent: { muted: 'Stumm', failed: 'Kein Ton' },
    statusBanner: {
      transport: 'Neu verbinden …',
      localNetwork: 'Du scheinst offline zu sein. Neu verbinden …',
      signaling: 'Der Server ist nicht erreichbar. Neuer Versuch …',
      peerDisconnected: 'Die andere Person verbindet sich neu …',
      peerSignaling: 'Die andere Person hat den Server verloren – der Anruf geht weiter.',
      signalingDuringCall: 'Verbindung zum Server verloren. Dein Anruf geht weiter.',
    },
    seatLost: (code) =>
      code === 'full'
        ? 'Jemand anderes hat deinen Platz im Raum. Dein Anruf geht weiter.'
        : 'Der Server lässt dich nicht wieder in den Raum. Dein Anruf geht weiter.',
    retry: 'Erneut versuchen',
    quality: {
      unknown: 'Verbindung wird geprüft …',
      good: 'Gute Verbindung',
      fair: 'Mäßige Verbindung',
      poor: 'Schwache Verbindung',
    },
    weakConnectionAdvice: (cause, camera) =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? 'Die Verbindung ist schwach. Schalte deine Kamera aus, das hilft.'
          : 'Die Verbindung ist schwach. Ein anderes Netzwerk hilft vielleicht.',
  },

  named,

  announcements: {
    connected: 'Du bist verbunden.',
    remoteMicrophone: (on) => (on ? 'Das andere Mikrofon ist an.' : 'Das andere Mikrofon ist aus.'),
    remoteCamera: (on) => (on ? 'Die andere Kamera ist an.' : 'Die andere Kamera ist aus.'),
    localMicrophone: (on) => (on ? '' : 'Du bist stumm.'),
    localCamera: (on) => (on ? '' : 'Deine Kamera ist aus.'),
  },

  unauthenticatedPeer: {
    title: 'Vielleicht ist das jemand anderes',
    advice:
      'Der Anruf war unterbrochen, und dies ist vielleicht nicht dieselbe Person. Man sieht und hört dich erst, wenn du fortfährst.',
    continue: 'Fortfahren',
    hangUp: 'Auflegen',
  },

  callEnded: (reason) => callEndings[reason],
  endedByPeer: (reason) => peerEndings[reason],
  endedWithoutSeat: (reason) => ({
    title: callEndings[reason].title,
    advice: 'Dein Platz im Raum wurde während des Anrufs vergeben. Versuch es noch einmal, um wieder beizutreten.',
  }),
  connectionLost: {
    localNetwork:
      'Du warst offline. Dein Platz im Raum bleibt reserviert: Versuch es wieder, wenn dein Netz zurück ist.',
    remoteNetwork:
      'Die andere Person ist offline. Eure Plätze im Raum bleiben reserviert: Versuch es gleich noch einmal.',
    unknown:
      'Ihr erreicht beide den Server, aber nicht einander. Versuch es noch einmal oder nimm ein anderes Netzwerk.',
  },
  apiError: (code) => apiErrors[code],
  actions: { tryAgain: 'Erneut versuchen', newRoom: 'Neuer Raum', checkConnection: 'Verbindung testen' },

  otherTab: { note: 'Du bist in einem anderen Tab schon in diesem Raum.', continueHere: 'In diesen Tab wechseln' },
  openInOtherTab: {
    title: 'Dieser Anruf ist umgezogen',
    advice: 'Er ist jetzt in einem anderen Tab oder Fenster offen.',
    useHere: 'In diesen Tab wechseln',
  },
  left: {
    title: 'Du bist gegangen',
    advice: 'Der Raum ist noch da, und sein Link gilt weiter.',
    rejoin: 'Wieder beitreten',
  },
  invalidRoomName: { goHome: 'Zur Startseite' },
  notFound: {
    title: 'Seite nicht gefunden',
    advice: 'Diese Seite gibt es nicht. Vielleicht ist der Link unvollständig.',
    goHome: 'Zur Startseite',
  },
  unreachable: (cause) => unreachableCauses[cause],
  missingFeature: (what, browser) => missingFeatures[what](browser),
  updated: (isInRoom) => ({
    title: 'Duet wurde aktualisiert',
    advice: isInRoom
      ? 'Dein Anruf geht weiter. Lade neu für die neue Version – du behältst deinen Platz.'
      : 'Lade neu für die neue Version.',
  }),
  partLoading: 'Wird geladen …',
  partLoadFailed: {
    title: 'Dieser Teil wurde nicht geladen',
    advice: 'Prüfe deine Verbindung und versuch es noch einmal.',
  },
  pageLoadFailed: {
    title: 'Diese Seite wurde nicht geladen',
    advice: 'Prüfe deine Verbindung und lade dann neu.',
    reload: 'Neu laden',
  },
}
