import type { Texts } from '../texts.ts'

export const named: Texts['named'] = {
  title: (name) => `${name} · Duet`,
  video: (name) => `Vidéo : ${name}`,
  screen: (name) => `Écran : ${name}`,
  cameraOff: (name) => `${name} a éteint sa caméra`,
  cameraOn: (name) => `${name} a activé sa caméra`,
  microphoneOff: (name) => `${name} a coupé son micro`,
  microphoneOn: (name) => `${name} a activé son micro`,
  connected: (name) => `Vous êtes en appel avec ${name}.`,
  screenShared: (name) => `${name} partage son écran`,
  diagnosticsViewed: (name) => `${name} consulte le diagnostic de cet appel`,
  peerDisconnected: (name) => `${name} se reconnecte…`,
  peerSignaling: (name) => `${name} a perdu le serveur – votre appel continue.`,
  remote: (name) => `${name} a raccroché`,
  left: (name) => `${name} a quitté l’appel`,
}
