import { formatPercent } from '../../../i18n/format.ts'
import type { AudioTexts } from '../texts.ts'

export const audio: AudioTexts = {
  title: 'Son',
  volume: (name) => (name ? `Volume de ${name}` : 'Volume de l’autre personne'),
  percent: (percent) => formatPercent('fr', percent),
  testSpeaker: 'Tester le haut-parleur',
  testMicrophone: 'Tester le micro',
  stopTest: 'Arrêter le test',
  testNote: 'Votre micro reste coupé. Vous seul voyez ce niveau.',
  filters: {
    echoCancellation: 'Annulation d’écho',
    noiseSuppression: 'Réduction du bruit',
    autoGainControl: 'Volume automatique',
  },
  music: 'Mode musique',
  musicNote: 'Envoie les instruments sans filtre et en meilleure qualité. Mettez un casque.',
  mutedHint: 'M’avertir si je parle avec le micro coupé',
  mutedHintNote: 'Cette page écoute alors pendant que le micro est coupé. Elle n’envoie rien.',
  pushToTalk: 'Parler en appuyant',
  pushToTalkNote: 'Micro coupé, maintenez la barre d’espace ou le bouton pour parler.',
  holdToTalk: 'Maintenir pour parler',
  muted: 'Votre micro est coupé.',
  silent: 'Votre micro est silencieux.',
  silentAdvice: 'Vérifiez son interrupteur, ou choisissez-en un autre dans « Appareils ».',
  dismiss: 'Fermer',
}
