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
}
