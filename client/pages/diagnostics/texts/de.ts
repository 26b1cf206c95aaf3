import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { DiagnosticsTexts } from '../texts.ts'

export const diagnostics: DiagnosticsTexts = {
  title: 'Diagnose',
  about: 'Finde heraus, warum etwas nicht funktioniert.',
  close: 'Diagnose schließen',
  machines: 'Zustandsautomaten',
  names: {
    membership: 'Mitgliedschaft',
    room: 'Raum',
    signaling: 'Serververbindung',
    call: 'Anruf',
    verification: 'Sicherheitscode',
    microphone: 'Mikrofon',
    camera: 'Kamera',
    screen: 'Geteilter Bildschirm',
    statusBanner: 'Statusbanner',
    quality: 'Qualität',
    preparation: 'Verbindung vor dem Anruf',
    transfer: 'Dateiübertragung',
    microphoneHint: 'Mikrofonhinweis',
    pushToTalk: 'Push-to-talk',
    chat: 'Chat',
  },

  connectionPath: {
    title: 'Verbindung',
    none: 'Gerade nicht verbunden.',
    direct: (protocol) => `Direkt, über ${protocol}`,
    relayed: (protocol) => `Über ein Relay, mit ${protocol}`,
    roundTrip: 'Umlaufzeit',
    milliseconds: (count) => formatUnit('de', 'millisecond', count),
    quality: 'Qualität',
    inbound: 'Empfangen',
    outbound: 'Gesendet',
    lossAndRate: (loss, rate) =>
      rate === null ? `${loss} verloren` : `${loss} verloren, ${formatNumber('de', rate)} kbit/s`,
    percent: (share) => formatPercent('de', share),
    unmeasured: '?',
    jitter: 'Jitter',
    reconnects: 'Neuverbindungen',
    reconnectCounts: (attempts, restarts) =>
      `${restarts} ICE-${restarts === 1 ? 'Neustart' : 'Neustarts'} in der letzten Minute (${attempts} fehlgeschlagen)`,
    localEnd: 'Lokale Adresse',
    remoteEnd: 'Entfernte Adresse',
    endpoints: { host: 'Host', srflx: 'von STUN gesehen', prflx: 'von der Gegenseite gesehen', relay: 'Relay' },
    privacyNote: 'Adressen erscheinen nur hier. Aufzeichnungen enthalten sie nie.',
  },

  events: {
    title: 'Ereignisse',
    about: 'Neueste zuerst.',
    none: 'Noch nichts.',
    placeFilter: 'Ereignisse zeigen von',
    all: 'Allen',
    places: { here: 'Dir', there: 'Gegenseite', server: 'Server' },
    noneFromPlace: 'Von der Gegenseite ist noch nichts angekommen.',
    elapsed: (ms) => formatElapsed('de', ms),
  },

  saveTrace: 'Aufzeichnung speichern',
  saveNote:
    'Enthält Zustände und Ereignisse, aber keine Adressen, Schlüssel oder Namen. Du kannst sie bedenkenlos jemandem schicken, der dir hilft.',
  openStatecharts: 'Zustandsautomaten zeigen',
}
