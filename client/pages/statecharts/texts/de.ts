import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { StatechartsTexts } from '../texts.ts'

export const statecharts: StatechartsTexts = {
  title: 'Zustandsautomaten',
  documentTitle: 'Zustandsautomaten · Duet',
  about: (machines) =>
    `${machines} Zustandsautomaten legen alles fest, was in einem Anruf geschehen kann. Diese Diagramme werden aus ihrem Code erzeugt.`,

  live: {
    none: 'In diesem Browser ist kein Anruf offen.',
    noneAdvice:
      'Tritt in einem anderen Tab einem Anruf bei, dann leuchten hier die Zustände beider Seiten auf. Oder öffne eine gespeicherte Aufzeichnung.',
    otherTab: 'Live aus dem Anruf in einem anderen Tab.',
    tabClosed: 'Der Tab des Anrufs ist geschlossen. Dies sind seine letzten Zustände.',
    chooseCall: 'Anruf',
    call: (n, began) => `Anruf ${n}, begonnen um ${formatTime('de', began)}`,
    pause: 'Pause',
    follow: 'Zurück zu live',
    newer: (count) =>
      count === 0
        ? 'Keine neueren Einträge'
        : count === 1
          ? '1 neuerer Eintrag'
          : `${formatNumber('de', count)} neuere Einträge`,
  },

  file: {
    open: 'Aufzeichnung öffnen',
    close: 'Aufzeichnung schließen',
    drop: 'Datei hier ablegen',
    shown: (name, began) => `${name}, begonnen am ${formatDateTime('de', began)}.`,
    unreadable: (why) => `Diese Datei konnte nicht gelesen werden. ${why}.`,
  },

  replay: {
    label: 'Wiedergabe',
    play: 'Abspielen',
    pause: 'Anhalten',
    position: 'Stelle in der Aufzeichnung',
    progress: (position, length) => `Eintrag ${formatNumber('de', position)} von ${formatNumber('de', length)}`,
    speed: (times) => (times === 1 ? 'Echtzeit' : `${times}-mal so schnell`),
  },

  machines: {
    label: 'Automaten',
    names: {
      room: 'Raum',
      membership: 'Mitgliedschaft',
      signaling: 'Signalisierung',
      call: 'Anruf',
      verification: 'Sicherheitscode',
      microphone: 'Mikrofon',
      camera: 'Kamera',
      screen: 'Bildschirm',
      statusBanner: 'Statusbanner',
      quality: 'Qualität',
      preparation: 'Vorbereitung',
      transfer: 'Dateiübertragung',
      chat: 'Chat',
      microphoneHint: 'Mikrofonhinweis',
      pushToTalk: 'Push-to-talk',
    },
    picture: (name) => `Diagramm von ${name}`,
    pictureNote: 'Wähle einen Zustand, um seine Bedeutung zu sehen.',
    larger: 'Vergrößern (+)',
    smaller: 'Verkleinern (−)',
    fitAll: 'Einpassen (0)',
    parallelNote: 'Seine Regionen laufen parallel, jede in einem Zustand.',
    any: 'alle',
    anyLabel: 'in jedem dieser Zustände',
  },

  places: {
    name: { here: 'dieser Browser', there: 'der andere Browser', server: 'der Server' },
    shortLabel: (place, seat) => {
      if (place === 'server') return 'Server'
      const side = place === 'here' ? 'hier' : 'dort'
      return seat ? `${seat.toUpperCase()} ${side}` : side
    },
    laneLabel: (place, seat) => {
      if (place === 'server') return 'Server'
      if (seat) return `${seat.toUpperCase()}, ${place === 'here' ? 'hier' : 'dort'}`
      return place === 'here' ? 'Hier' : 'Dort'
    },
  },

  state: {
    title: 'Zustand',
    transitions: 'Übergänge',
    handledWithoutTransition: 'Hier behandelt',
    leadsTo: 'nach',
    always: 'automatisch',
    inheritedFrom: (group) => `geerbt von „${group}“`,
  },

  sequence: {
    title: 'Ereignisse',
    empty: 'Noch nichts.',
    seconds: (ms) => formatUnit('de', 'second', ms / 1000, 2),
    label: 'Ereignisse zwischen den beiden Browsern und dem Server, älteste zuerst',
  },

  sandbox: {
    open: 'Sandbox öffnen',
    close: 'Sandbox schließen',
    title: 'Sandbox',
    about:
      'Sende Ereignisse an diesen Automaten und sieh, was er tut. Nichts davon erreicht einen Anruf oder ein Gerät.',
    state: 'Zustand',
    undo: 'Rückgängig',
    reset: 'Neu beginnen',
    send: (event) => `${event} senden`,
    fields: 'Felder des Ereignisses, als JSON',
    invalidFields: 'Das ist kein JSON-Objekt.',
    badFields: (why) => `Mit diesen Feldern kann der Automat nicht umgehen. ${why}`,
    stays: 'bleibt',
    ignored: 'ignoriert',
    after: (ms) => `nach ${formatUnit('de', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)}`,
    guards: 'Bedingungen',
    noGuard: 'ohne Bedingung',
    taken: 'genommen',
    isTrue: 'wahr',
    isFalse: 'falsch',
    isUnknown: 'unbekannt: ein Feld fehlt',
    actions: 'Aktionen dieses Schritts',
    noActions: 'Keine.',
    effects: {
      send: (event, actor) => `${event} an ${actor} senden`,
      emit: (event) => `${event} ausgeben`,
      start: (actor) => `Aktor ${actor} starten`,
      stop: (actor) => `Aktor ${actor} beenden`,
      timer: (event, delay) => `Zeitgeber starten: ${event} ${delay}`,
      cancel: (event) => `Zeitgeber von ${event} anhalten`,
    },
    context: 'Kontext',
    noContext: 'Dieser Automat hat keinen Kontext.',
    changed: 'geändert',
    steps: 'Schritte',
    start: 'Anfang',
  },

  export: {
    title: 'Exportieren',
    formats: { json: 'Definition (JSON)', mermaid: 'Mermaid', svg: 'Zeichnung (SVG)' },
    download: (format) => `Herunterladen: ${format}`,
    copy: (format) => `Kopieren: ${format}`,
    copied: 'Kopiert',
    copyFailed: 'Kopieren nicht möglich',
  },

  source: { title: 'Quelltext', copy: (place) => `${place} kopieren` },

  inspect: { open: 'Stately Inspector' },
}
