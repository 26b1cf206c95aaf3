import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import type { Browser } from '../browserName.ts'
import type { devices as english } from '../devices.en.ts'
import type { UserMessage } from '../userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>
type CaptureKinds = CaptureKind | 'both'

const devicesWithArticle: Record<CaptureKinds, string> = {
  microphone: 'le micro',
  camera: 'la caméra',
  both: 'la caméra et le micro',
}
/** After « à ». */
const toDevices: Record<CaptureKinds, string> = {
  microphone: 'au micro',
  camera: 'à la caméra',
  both: 'à la caméra et au micro',
}
const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
/** The form of an adjective or participle, such as `débranché`, that agrees with the device. */
const agree = (adjective: string, kind: CaptureKinds): string =>
  adjective + { microphone: '', camera: 'e', both: 's' }[kind]
const missingDevices: Record<CaptureKinds, string> = {
  microphone: 'Aucun micro détecté.',
  camera: 'Aucune caméra détectée.',
  both: 'Ni caméra ni micro détectés.',
}
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '« Micro »',
  camera: '« Caméra »',
  both: '« Caméra » et « Micro »',
}

const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) =>
    `Cliquez sur l’icône à gauche de la barre d’adresse et activez ${browserSwitchLabels[kind]}. Le démarrage sera automatique.`,
  firefox: (kind) =>
    `Dans la barre d’adresse, cliquez sur l’icône barrée pour ${devicesWithArticle[kind]}, supprimez « Bloqué », puis choisissez « Réessayer ».`,
  safari: (kind) =>
    `Ouvrez Safari → Réglages pour ce site web, autorisez ${devicesWithArticle[kind]}, puis choisissez « Réessayer ».`,
  ios: (kind) =>
    `Touchez l’icône dans la barre d’adresse → Réglages du site web, autorisez ${devicesWithArticle[kind]}, puis choisissez « Réessayer ».`,
  other: (kind) =>
    `Autorisez ${devicesWithArticle[kind]} pour cette page dans les réglages du navigateur, puis choisissez « Réessayer ».`,
}

const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome ou un autre navigateur',
  firefox: 'Firefox ou un autre navigateur',
  safari: 'Safari',
  ios: 'Safari',
  other: 'Chrome, Firefox ou Safari',
}

const stalledTitles: Record<CaptureKinds, string> = {
  microphone: 'Le micro n’envoie aucun son.',
  camera: 'La caméra n’envoie aucune image.',
  both: 'La caméra et le micro n’envoient aucun signal.',
}

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({
    title: `L’accès ${toDevices[kind]} est bloqué.`,
    advice: allowDeviceAdvice[browser](kind),
  }),
  'denied-by-system': (kind) => ({
    title: `Votre système bloque ${devicesWithArticle[kind]} pour ce navigateur.`,
    advice: `Autorisez ${devicesWithArticle[kind]} dans les réglages de confidentialité du système. Il faudra peut-être redémarrer le navigateur.`,
  }),
  missing: (kind) => ({ title: missingDevices[kind], advice: 'Branchez un appareil : il démarrera automatiquement.' }),
  busy: (kind) => ({
    title: `Une autre application utilise ${devicesWithArticle[kind]}.`,
    advice: 'Fermez les autres appels et enregistrements, puis choisissez « Réessayer ».',
  }),
  unsuitable: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ne ${kind === 'both' ? 'conviennent' : 'convient'} pas aux appels.`,
    advice: 'Choisissez un autre appareil.',
  }),
  insecure: (kind) => ({
    title: `Votre navigateur n’autorise ${devicesWithArticle[kind]} que sur les pages sécurisées (https).`,
    advice: 'Ouvrez cette page avec https://, ou demandez à la personne qui gère ce serveur d’activer https.',
  }),
  unsupported: (kind, browser) => ({
    title: `Le navigateur de cette application ne peut pas utiliser ${devicesWithArticle[kind]}.`,
    advice: `Copiez le lien et ouvrez-le dans ${alternativeBrowsers[browser]}.`,
  }),
  unplugged: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} ${kind === 'both' ? 'ont' : 'a'} été ${agree('débranché', kind)}.`,
    advice: 'Rebranchez l’appareil pour reprendre automatiquement, ou choisissez-en un autre.',
  }),
  stalled: (kind) => ({
    title: stalledTitles[kind],
    advice: 'Choisissez un autre appareil, ou débranchez-le et rebranchez-le, puis choisissez « Réessayer ».',
  }),
  unknown: (kind) => ({
    title: `${capitalize(devicesWithArticle[kind])} n’${kind === 'both' ? 'ont' : 'a'} pas pu démarrer.`,
    advice:
      'Choisissez « Réessayer ». Si cela ne suffit pas, débranchez et rebranchez l’appareil, ou redémarrez le navigateur.',
  }),
}

const selectedDevices: Record<CaptureKind, string> = { microphone: 'Le micro choisi', camera: 'La caméra choisie' }
const substitutionReasons: Record<DeviceProblem, (kind: CaptureKind) => string> = {
  denied: (kind) => `est ${agree('bloqué', kind)}`,
  'denied-by-system': (kind) => `est ${agree('bloqué', kind)} par votre système`,
  missing: (kind) => `n’est pas ${agree('branché', kind)}`,
  busy: (kind) => `est ${agree('utilisé', kind)} par une autre application`,
  unsuitable: () => 'ne convient pas aux appels',
  insecure: () => 'n’a pas pu démarrer',
  unsupported: () => 'n’a pas pu démarrer',
  unplugged: (kind) => `a été ${agree('débranché', kind)}`,
  stalled: () => 'ne fonctionne plus',
  unknown: () => 'n’a pas pu démarrer',
}

export const devices: typeof english = {
  title: 'Appareils',
  camera: 'Caméra',
  microphone: 'Micro',
  speaker: 'Haut-parleur',
  systemDefault: 'Par défaut du système',
  noDevices: 'Aucun appareil détecté',
  permissionNeeded: 'Autorisation requise',
  unnamed: { camera: (n) => `Caméra ${n}`, microphone: (n) => `Micro ${n}`, speaker: (n) => `Haut-parleur ${n}` },
  tryAgain: 'Réessayer',
  close: 'Fermer',
  shortcuts: 'Raccourcis clavier (M micro, V caméra, D diagnostic)',
  dismiss: 'Fermer cet avis',
  problem: (kind, problemCode, browser) => deviceProblems[problemCode](kind, browser),
  substituted: (kind, problemCode, label) =>
    `${selectedDevices[kind]} ${substitutionReasons[problemCode](kind)}. Appareil utilisé à la place : ${label ? `« ${label} »` : 'un autre'}.`,
  trackMuted: {
    microphone: {
      title: 'Votre micro est coupé par l’appareil ou le système.',
      advice: 'On ne vous entend pas. Vérifiez l’interrupteur du casque et les réglages de son du système.',
    },
    camera: {
      title: 'Votre caméra est éteinte par l’appareil ou le système.',
      advice: 'On ne vous voit pas. Ouvrez son cache, ou vérifiez l’interrupteur de la caméra sur l’ordinateur.',
    },
  },
}
