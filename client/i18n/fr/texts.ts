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
    title: 'Ce salon est complet',
    advice: 'Deux personnes y sont déjà. Réessayez quand l’une d’elles partira, ou créez un nouveau salon.',
  },
  'ask-first': { title: 'Demander à entrer', advice: 'La personne dans ce salon décide qui peut entrer.' },
  locked: {
    title: 'Ce salon est verrouillé',
    advice: 'Demandez à la personne présente de le déverrouiller, ou créez un nouveau salon.',
  },
  'invalid-room-name': {
    title: 'Nom de salon incorrect',
    advice: 'Un nom compte jusqu’à 64 lettres et chiffres. Le lien est peut-être incomplet : redemandez-le.',
  },
  'invalid-input': {
    title: 'Le serveur n’a pas pu lire cette requête',
    advice: 'Cette page est peut-être périmée. Rechargez-la.',
  },
  'too-large': { title: 'Requête trop volumineuse', advice: 'Rechargez la page et réessayez.' },
  throttled: { title: 'Trop de tentatives', advice: 'Attendez une minute, puis réessayez.' },
  'server-full': {
    title: 'Ce serveur est complet',
    advice: 'Trop d’appels sont en cours. Réessayez dans quelques minutes.',
  },
  'not-joined': { title: 'Votre session a expiré', advice: 'Réessayez pour revenir.' },
  'seat-lost': {
    title: 'Vous avez perdu votre place',
    advice: 'Vous êtes resté absent trop longtemps. Réessayez : vous pourrez revenir s’il reste une place.',
  },
  'out-of-order': { title: 'Appel désynchronisé', advice: 'Réessayez pour relancer l’appel.' },
  unavailable: {
    title: 'Le serveur est occupé',
    advice: 'Il ne peut laisser entrer personne pour le moment. Réessayez dans un instant.',
  },
  'not-found': { title: 'Cette page est périmée', advice: 'Rechargez-la pour obtenir la version actuelle.' },
  internal: {
    title: 'Une erreur s’est produite sur le serveur',
    advice: 'Veuillez réessayer. Les détails sont dans le journal du serveur.',
  },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: 'Vous avez raccroché', advice: '' },
  remote: { title: 'L’autre personne a raccroché', advice: '' },
  left: { title: 'L’autre personne est partie', advice: '' },
  replaced: {
    title: 'Cet appel a été déplacé',
    advice: 'Il est maintenant ouvert dans un autre onglet ou une autre fenêtre.',
  },
  failed: {
    title: 'L’appel n’a pas pu aboutir',
    advice: 'Un pare-feu le bloque peut-être. Réessayez, changez de réseau ou lancez le test de connexion.',
  },
  lost: {
    title: 'La connexion a été perdue',
    advice: 'L’un de vous n’a plus de réseau. Votre place dans le salon est gardée.',
  },
}

const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: {
    title: 'Le navigateur de l’autre personne ne permet pas les appels vidéo',
    advice: 'Demandez-lui d’ouvrir le lien dans un autre navigateur.',
  },
}

const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) =>
    ours
      ? 'Votre connexion est faible. Coupez votre caméra pour l’améliorer.'
      : 'Votre connexion est faible. Rapprochez-vous de votre Wi-Fi.',
  inbound: ({ theirs }) =>
    theirs
      ? 'La connexion de l’autre personne est faible. Elle peut essayer de couper sa caméra.'
      : 'La connexion de l’autre personne est faible. Elle peut essayer de se rapprocher de son Wi-Fi.',
  both: ({ ours, theirs }) =>
    ours || theirs
      ? 'La connexion est faible dans les deux sens. Coupez les caméras pour l’améliorer.'
      : 'La connexion est faible dans les deux sens. Essayez un autre réseau.',
  latency: () => 'Le délai est long. Attendez un peu avant de répondre.',
}

const operatorCan = 'La personne qui gère ce serveur peut'

const unreachableCauses: Record<UnreachableCause, string> = {
  offline: 'Vous êtes hors ligne. Duet se reconnectera au retour du réseau.',
  silent: 'Le serveur ne répond pas. Il redémarre peut-être, ou votre réseau le bloque.',
  elsewhere: 'Autre chose répond à la place du serveur. Si ce réseau demande une connexion, connectez-vous d’abord.',
  gateway: `Le serveur derrière cette adresse ne répond pas. ${operatorCan} consulter le journal.`,
  busy: 'Le serveur ne peut pas accepter d’autres connexions pour le moment. Duet continue d’essayer.',
  host: `Le serveur n’est pas configuré pour cette adresse. ${operatorCan} définir DUET_PUBLIC_URL.`,
  origin: `Le serveur n’accepte pas les pages de cette adresse. ${operatorCan} définir DUET_ALLOWED_ORIGINS.`,
  websocket:
    'Le serveur répond, mais un proxy ou un pare-feu bloque le WebSocket nécessaire aux appels. Essayez un autre réseau.',
}

const allowWebRtcAdvice: Record<Browser, string> = {
  chromium:
    'Désactivez les extensions qui bloquent WebRTC, puis rechargez. Ou ouvrez le lien dans un autre navigateur.',
  firefox:
    'Ouvrez about:config, réglez media.peerconnection.enabled sur true et désactivez les extensions qui bloquent WebRTC. Puis rechargez.',
  safari:
    'Désactivez pour cette page le mode Isolement et les extensions qui bloquent WebRTC, puis rechargez. Ou ouvrez le lien dans un autre navigateur.',
  ios: 'Désactivez le mode Isolement pour cette page et rechargez, ou ouvrez le lien dans Safari.',
  other: 'Ouvrez le lien dans une version récente de Chrome, Edge, Firefox ou Safari.',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: 'Ce navigateur ne permet pas les appels : WebRTC est absent ou bloqué.',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({
    title: 'Ce navigateur ne permet pas les appels : WebSocket est absent.',
    advice: allowWebRtcAdvice.other,
  }),
}

export const texts: Texts = {
  language: 'fr',
  name: 'Duet',
  diagnostics: 'Diagnostic',
  languageMenu: 'Langue',

  home: {
    title: 'Un appel à deux.',
    about: 'Des appels vidéo privés à deux. Sans compte, sans téléchargement, sans intermédiaire.',
    startCall: 'Démarrer un appel',
    newRoomNote: 'Crée un lien que personne ne peut deviner.',
    nameLabel: 'Rejoindre avec un lien ou un nom',
    namePlaceholder: 'kitchen-table',
    go: 'Aller',
    nameNote:
      'Les majuscules et les espaces ne comptent pas. Un nom court se partage facilement – et se devine facilement.',
    nameEmpty: 'Saisissez un lien ou un nom, ou démarrez un appel.',
    nameInvalid: 'Ce nom de salon est incorrect. Utilisez jusqu’à 64 lettres, chiffres, tirets ou points.',
    checkConnection: 'Tester la connexion',
    howItWorks: 'Comment ça marche',
  },

  titles: {
    home: 'Duet : un appel à deux',
    invalidRoomName: 'Nom de salon incorrect · Duet',
    notFound: 'Page introuvable · Duet',
    check: 'Test de connexion · Duet',
    lobby: 'Prêt à entrer ? · Duet',
    joining: 'Entrée… · Duet',
    waiting: 'En attente · Duet',
    connecting: 'Connexion… · Duet',
    call: 'En appel · Duet',
    unauthenticatedPeer: 'Qui est là ? · Duet',
    reconnecting: 'Reconnexion… · Duet',
    failed: 'Échec de l’appel · Duet',
    ended: 'Appel terminé · Duet',
    rejected: 'Entrée impossible · Duet',
    openInOtherTab: 'Ouvert dans un autre onglet · Duet',
    left: 'Vous êtes parti · Duet',
  },

  lobby: {
    title: 'Prêt à entrer ?',
    room: 'Salon',
    join: 'Rejoindre',
    joinNote: (camera, microphone) => {
      if (camera && microphone) return 'On vous verra et on vous entendra.'
      if (microphone) return 'On vous entendra, mais on ne vous verra pas.'
      if (camera) return 'On vous verra, mais on ne vous entendra pas.'
      return 'Vous verrez et entendrez l’autre personne, mais pas l’inverse.'
    },
    serverUnreachable: 'Serveur injoignable. Nouvelle tentative – vérifiez votre connexion internet.',
    microphoneLevel: 'Niveau du micro',
    cameraRequested: 'Demande d’accès à la caméra…',
    cameraOff: 'Votre caméra est éteinte',
  },

  devices,

  joining: { title: 'Entrée…', slow: 'C’est plus long que d’habitude…', cancel: 'Annuler' },

  connecting: {
    title: 'Connexion…',
    peerPresent: 'L’autre personne est là – connexion en cours…',
    findingConnection: 'Recherche d’une connexion…',
    retrying: (n, of) => `Connexion toujours en cours… (tentative ${n} sur ${of})`,
    peerDisconnected: 'L’autre personne est hors ligne. L’appel reprendra à son retour.',
    serverUnreachable: 'Serveur injoignable. Nouvelle tentative – vérifiez votre connexion internet.',
  },

  invitation: {
    title: 'Vous êtes le premier ici',
    instruction: 'Partagez ce lien pour inviter quelqu’un.',
    link: 'Lien vers ce salon',
    copy: 'Copier le lien',
    copied: 'Copié',
    copyFailed: 'Copie impossible – sélectionnez le lien',
    shareLink: 'Partager…',
    shareTitle: 'Rejoignez mon appel vidéo',
    showQrCode: 'Afficher le code QR',
    qrCodeLabel: (link) => `Code QR de ${link}`,
    unusableElsewhere: 'Personne d’autre ne peut utiliser ce lien, car une invitation exige une adresse https.',
  },

  call: {
    title: 'Votre appel',
    controls: 'Commandes de l’appel',
    mute: 'Couper le micro',
    unmute: 'Activer le micro',
    cameraOff: 'Couper la caméra',
    cameraOn: 'Activer la caméra',
    shareScreen: 'Partager l’écran',
    stopSharing: 'Arrêter le partage',
    devices: 'Appareils',
    room: 'Salon',
    closeRoom: 'Fermer',
    view: 'Affichage',
    flipCamera: 'Changer de caméra',
    showOwnVideo: 'Afficher votre vidéo',
    fullscreen: 'Plein écran',
    exitFullscreen: 'Quitter le plein écran',
    hangUp: 'Raccrocher',
    fillScreen: 'Remplir la fenêtre',
    showWhole: 'Ajuster à la fenêtre',
    playSound: 'Activer le son',
    playSoundNote: 'Votre navigateur bloque le son tant que vous ne touchez pas la page.',
    play: 'Lire',
    playNote: 'Votre appareil a mis l’appel en pause.',
    localVideo: 'Votre vidéo',
    remoteVideo: 'Vidéo de l’autre personne',
    remoteScreen: 'Écran de l’autre personne',
    localScreen: 'Votre écran',
    smallVideo: (video, corner) => `${video}, ${corner}. Agrandissez-la avec Entrée, déplacez-la avec les flèches.`,
    corners: {
      'top-left': 'en haut à gauche',
      'top-right': 'en haut à droite',
      'bottom-left': 'en bas à gauche',
      'bottom-right': 'en bas à droite',
    },
    remoteCameraOff: 'Sa caméra est éteinte',
    remoteMicrophoneOff: 'Son micro est coupé',
    remoteScreenShared: 'L’autre personne partage son écran',
    localScreenShared: 'Vous partagez votre écran',
    dataChannelFlooded:
      'L’autre personne a envoyé trop de données : Duet ne lit plus ses messages. Le son et l’image continuent.',
    diagnosticsViewed: 'L’autre personne consulte le diagnostic de cet appel',
    screenShareFailed: (problemCode) =>
      problemCode === 'denied-by-system'
        ? {
            title: 'Votre système bloque l’enregistrement de l’écran pour ce navigateur.',
            advice: 'Autorisez-le dans les réglages de confidentialité, puis partagez à nouveau.',
          }
        : {
            title: 'Votre écran n’a pas pu être partagé.',
            advice: 'Choisissez à nouveau « Partager l’écran », ou une autre fenêtre.',
          },
    microphoneNotSent: { muted: 'Micro coupé', failed: 'Aucun son' },
    statusBanner: {
      transport: 'Reconnexion…',
      localNetwork: 'Vous semblez hors ligne. Reconnexion…',
      signaling: 'Serveur injoignable. Nouvelle tentative…',
      peerDisconnected: 'L’autre personne se reconnecte…',
      peerSignaling: 'L’autre personne a perdu le serveur – votre appel continue.',
      signalingDuringCall: 'Contact perdu avec le serveur. Votre appel continue.',
    },
    seatLost: (code) =>
      code === 'full'
        ? 'Quelqu’un a pris votre place dans le salon. Votre appel continue.'
        : 'Le serveur refuse votre retour dans le salon. Votre appel continue.',
    retry: 'Réessayer',
    quality: {
      unknown: 'Mesure de la connexion…',
      good: 'Bonne connexion',
      fair: 'Connexion moyenne',
      poor: 'Connexion faible',
    },
    weakConnectionAdvice: (cause, camera) =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? 'La connexion est faible. Coupez votre caméra pour l’améliorer.'
          : 'La connexion est faible. Essayez un autre réseau.',
  },

  named,

  announcements: {
    connected: 'Vous êtes connecté.',
    remoteMicrophone: (on) => (on ? 'Son micro est activé.' : 'Son micro est coupé.'),
    remoteCamera: (on) => (on ? 'Sa caméra est activée.' : 'Sa caméra est éteinte.'),
    localMicrophone: (on) => (on ? '' : 'Votre micro est coupé.'),
    localCamera: (on) => (on ? '' : 'Votre caméra est éteinte.'),
  },

  unauthenticatedPeer: {
    title: 'Ce n’est peut-être pas la même personne',
    advice:
      'L’appel a été interrompu, et quelqu’un d’autre a pu prendre la place. On ne vous voit ni ne vous entend tant que vous ne continuez pas.',
    continue: 'Continuer',
    hangUp: 'Raccrocher',
  },

  callEnded: (reason) => callEndings[reason],
  endedByPeer: (reason) => peerEndings[reason],
  endedWithoutSeat: (reason) => ({
    title: callEndings[reason].title,
    advice: 'Votre place dans le salon a été donnée pendant l’appel. Réessayez pour revenir.',
  }),
  connectionLost: {
    localNetwork:
      'Vous étiez hors ligne. Votre place dans le salon est gardée : réessayez quand le réseau sera revenu.',
    remoteNetwork:
      'L’autre personne est hors ligne. Vos places dans le salon sont gardées : réessayez dans un instant.',
    unknown: 'Vous joignez tous deux le serveur, mais pas l’un l’autre. Réessayez, ou changez de réseau.',
  },
  apiError: (code) => apiErrors[code],
  actions: { tryAgain: 'Réessayer', newRoom: 'Nouveau salon', checkConnection: 'Tester la connexion' },

  otherTab: { note: 'Vous êtes déjà dans ce salon dans un autre onglet.', continueHere: 'Passer à cet onglet' },
  openInOtherTab: {
    title: 'Cet appel a été déplacé',
    advice: 'Il est maintenant ouvert dans un autre onglet ou une autre fenêtre.',
    useHere: 'Passer à cet onglet',
  },
  left: { title: 'Vous êtes parti', advice: 'Le salon existe toujours, et son lien reste valable.', rejoin: 'Revenir' },
  invalidRoomName: { goHome: 'Retour à l’accueil' },
  notFound: {
    title: 'Page introuvable',
    advice: 'Cette page n’existe pas. Le lien est peut-être incomplet.',
    goHome: 'Retour à l’accueil',
  },
  unreachable: (cause) => unreachableCauses[cause],
  missingFeature: (what, browser) => missingFeatures[what](browser),
  updated: (isInRoom) => ({
    title: 'Duet a été mis à jour',
    advice: isInRoom
      ? 'Votre appel continue. Rechargez pour la nouvelle version – vous garderez votre place.'
      : 'Rechargez pour la nouvelle version.',
  }),
  partLoading: 'Chargement…',
  partLoadFailed: {
    title: 'Cette partie n’a pas pu être chargée',
    advice: 'Vérifiez votre connexion, puis réessayez.',
  },
  pageLoadFailed: {
    title: 'Cette page n’a pas pu être chargée',
    advice: 'Vérifiez votre connexion, puis rechargez.',
    reload: 'Recharger',
  },
}
