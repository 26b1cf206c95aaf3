import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { DiagnosticsTexts } from '../texts.ts'

export const diagnostics: DiagnosticsTexts = {
  title: 'Diagnostic',
  about: 'Pour comprendre ce qui ne fonctionne pas.',
  close: 'Fermer le diagnostic',
  machines: 'Machines à états',
  names: {
    membership: 'Participation',
    room: 'Salon',
    signaling: 'Connexion au serveur',
    call: 'Appel',
    verification: 'Code de sécurité',
    microphone: 'Micro',
    camera: 'Caméra',
    screen: 'Écran partagé',
    statusBanner: 'Bandeau d’état',
    quality: 'Qualité',
    preparation: 'Connexion avant l’appel',
    transfer: 'Transfert de fichier',
    microphoneHint: 'Indication du micro',
    pushToTalk: 'Parler en appuyant',
    chat: 'Chat',
  },

  connectionPath: {
    title: 'Connexion',
    none: 'Pas de connexion pour le moment.',
    direct: (protocol) => `Directe, en ${protocol}`,
    relayed: (protocol) => `Par relais, en ${protocol}`,
    roundTrip: 'Aller-retour',
    milliseconds: (count) => formatUnit('fr', 'millisecond', count),
    quality: 'Qualité',
    inbound: 'Reçu',
    outbound: 'Envoyé',
    lossAndRate: (loss, rate) =>
      rate === null ? `${loss} perdus` : `${loss} perdus, ${formatNumber('fr', rate)} kbit/s`,
    percent: (share) => formatPercent('fr', share),
    unmeasured: '?',
    jitter: 'Gigue',
    reconnects: 'Reconnexions',
    reconnectCounts: (attempts, restarts) =>
      `${restarts} ${restarts > 1 ? 'redémarrages' : 'redémarrage'} ICE dans la dernière minute (${attempts} en échec)`,
    localEnd: 'Adresse locale',
    remoteEnd: 'Adresse distante',
    endpoints: { host: 'hôte', srflx: 'vue par STUN', prflx: 'vue par le pair', relay: 'relais' },
    privacyNote: 'Les adresses ne s’affichent qu’ici. Les traces n’en contiennent jamais.',
  },

  events: {
    title: 'Événements',
    about: 'Les plus récents d’abord.',
    none: 'Rien pour le moment.',
    placeFilter: 'Afficher les événements de',
    all: 'Tous',
    places: { here: 'Vous', there: 'L’autre', server: 'Serveur' },
    noneFromPlace: 'Rien reçu de l’autre personne pour le moment.',
    elapsed: (ms) => formatElapsed('fr', ms),
  },

  saveTrace: 'Enregistrer la trace',
  saveNote:
    'Contient des états et des événements, mais ni adresses, ni clés, ni noms. Vous pouvez l’envoyer sans risque à qui vous aide.',
  openStatecharts: 'Afficher les machines à états',
}
