import { formatDateTime, formatNumber, formatTime, formatUnit } from '../../../i18n/format.ts'
import type { StatechartsTexts } from '../texts.ts'

export const statecharts: StatechartsTexts = {
  title: 'Machines à états',
  documentTitle: 'Machines à états · Duet',
  about: (machines) =>
    `${machines} machines à états définissent tout ce qui peut se passer dans un appel. Ces diagrammes sont générés à partir de leur code.`,

  live: {
    none: 'Aucun appel n’est ouvert dans ce navigateur.',
    noneAdvice:
      'Rejoignez-en un dans un autre onglet : les états des deux côtés s’allument ici. Ou ouvrez une trace enregistrée.',
    otherTab: 'En direct de l’appel d’un autre onglet.',
    tabClosed: 'L’onglet de l’appel est fermé. Voici ses derniers états.',
    chooseCall: 'Appel',
    call: (n, began) => `Appel ${n}, commencé à ${formatTime('fr', began)}`,
    pause: 'Pause',
    follow: 'Retour au direct',
    newer: (count) =>
      count === 0
        ? 'Aucune nouvelle entrée'
        : count === 1
          ? '1 nouvelle entrée'
          : `${formatNumber('fr', count)} nouvelles entrées`,
  },

  file: {
    open: 'Ouvrir une trace',
    close: 'Fermer la trace',
    drop: 'Déposez le fichier ici',
    shown: (name, began) => `${name}, début : ${formatDateTime('fr', began)}.`,
    unreadable: (why) => `Ce fichier n’a pas pu être lu. ${why}.`,
  },

  replay: {
    label: 'Relecture',
    play: 'Lire',
    pause: 'Pause',
    position: 'Position dans la trace',
    progress: (position, length) => `Entrée ${formatNumber('fr', position)} sur ${formatNumber('fr', length)}`,
    speed: (times) => (times === 1 ? 'Temps réel' : `${times} fois plus vite`),
  },

  machines: {
    label: 'Machines',
    names: {
      room: 'Salon',
      membership: 'Participation',
      signaling: 'Signalisation',
      call: 'Appel',
      verification: 'Code de sécurité',
      microphone: 'Micro',
      camera: 'Caméra',
      screen: 'Écran',
      statusBanner: 'Bandeau d’état',
      quality: 'Qualité',
      preparation: 'Préparation',
      transfer: 'Transfert de fichier',
      chat: 'Chat',
      microphoneHint: 'Indication du micro',
      pushToTalk: 'Parler en appuyant',
    },
    picture: (name) => `Diagramme : ${name}`,
    pictureNote: 'Choisissez un état pour voir ce qu’il signifie.',
    larger: 'Agrandir (+)',
    smaller: 'Réduire (−)',
    fitAll: 'Ajuster à la fenêtre (0)',
    parallelNote: 'Ses régions s’exécutent en parallèle, chacune dans un état.',
    any: 'tous',
    anyLabel: 'dans n’importe lequel de ces états',
  },

  places: {
    name: { here: 'ce navigateur', there: 'l’autre navigateur', server: 'le serveur' },
    shortLabel: (place, seat) => {
      if (place === 'server') return 'serveur'
      const side = place === 'here' ? 'ici' : 'là-bas'
      return seat ? `${seat.toUpperCase()} ${side}` : side
    },
    laneLabel: (place, seat) => {
      if (place === 'server') return 'Serveur'
      if (seat) return `${seat.toUpperCase()}, ${place === 'here' ? 'ici' : 'là-bas'}`
      return place === 'here' ? 'Ici' : 'Là-bas'
    },
  },

  state: {
    title: 'État',
    transitions: 'Transitions',
    handledWithoutTransition: 'Traité ici',
    leadsTo: 'vers',
    always: 'automatiquement',
    inheritedFrom: (group) => `hérité de « ${group} »`,
  },

  sequence: {
    title: 'Événements',
    empty: 'Rien pour le moment.',
    seconds: (ms) => formatUnit('fr', 'second', ms / 1000, 2),
    label: 'Événements entre les deux navigateurs et le serveur, du plus ancien au plus récent',
  },

  sandbox: {
    open: 'Ouvrir le bac à sable',
    close: 'Fermer le bac à sable',
    title: 'Bac à sable',
    about: 'Envoyez des événements à cet automate et voyez ce qu’il fait. Rien n’atteint un appel ou un appareil.',
    state: 'État',
    undo: 'Annuler',
    reset: 'Recommencer',
    send: (event) => `Envoyer ${event}`,
    fields: 'Champs de l’événement, en JSON',
    invalidFields: 'Ce n’est pas un objet JSON.',
    badFields: (why) => `L’automate ne peut pas traiter ces champs. ${why}`,
    stays: 'reste',
    ignored: 'ignoré',
    after: (ms) => `après ${formatUnit('fr', 'second', ms / 1000, ms % 1000 === 0 ? 0 : 1)}`,
    guards: 'Conditions',
    noGuard: 'sans condition',
    taken: 'prise',
    isTrue: 'vraie',
    isFalse: 'fausse',
    isUnknown: 'inconnue : il manque un champ',
    actions: 'Actions de cette étape',
    noActions: 'Aucune.',
    effects: {
      send: (event, actor) => `envoyer ${event} à ${actor}`,
      emit: (event) => `émettre ${event}`,
      start: (actor) => `démarrer l’acteur ${actor}`,
      stop: (actor) => `arrêter l’acteur ${actor}`,
      timer: (event, delay) => `démarrer un minuteur : ${event} ${delay}`,
      cancel: (event) => `arrêter le minuteur de ${event}`,
    },
    context: 'Contexte',
    noContext: 'Cet automate n’a pas de contexte.',
    changed: 'modifié',
    steps: 'Étapes',
    start: 'Début',
  },

  export: {
    title: 'Exporter',
    formats: { json: 'Définition (JSON)', mermaid: 'Mermaid', svg: 'Dessin (SVG)' },
    download: (format) => `Télécharger : ${format}`,
    copy: (format) => `Copier : ${format}`,
    copied: 'Copié',
    copyFailed: 'Copie impossible',
  },

  source: { title: 'Code source', copy: (place) => `Copier ${place}` },

  inspect: { open: 'Stately Inspector' },
}
