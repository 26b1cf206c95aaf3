import type { Texts } from '../texts.ts'

export const named: Texts['named'] = {
  title: (name) => `${name} · Duet`,
  video: (name) => `Video von ${name}`,
  screen: (name) => `Bildschirm von ${name}`,
  cameraOff: (name) => `${name} hat die Kamera aus`,
  cameraOn: (name) => `${name} hat die Kamera an`,
  microphoneOff: (name) => `${name} ist stumm`,
  microphoneOn: (name) => `${name} hat das Mikrofon an`,
  connected: (name) => `Du bist mit ${name} verbunden.`,
  screenShared: (name) => `${name} teilt den Bildschirm`,
  diagnosticsViewed: (name) => `${name} sieht sich die Diagnose dieses Anrufs an`,
  peerDisconnected: (name) => `${name} verbindet sich neu …`,
  peerSignaling: (name) => `${name} hat den Server verloren – der Anruf geht weiter.`,
  remote: (name) => `${name} hat aufgelegt`,
  left: (name) => `${name} ist gegangen`,
}
