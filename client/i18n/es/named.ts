import type { Texts } from '../texts.ts'

export const named: Texts['named'] = {
  title: (name) => `${name} · Duet`,
  video: (name) => `Video de ${name}`,
  screen: (name) => `Pantalla de ${name}`,
  cameraOff: (name) => `${name} tiene la cámara desactivada`,
  cameraOn: (name) => `${name} tiene la cámara activada`,
  microphoneOff: (name) => `${name} tiene el micrófono desactivado`,
  microphoneOn: (name) => `${name} tiene el micrófono activado`,
  connected: (name) => `Ya tienes conexión con ${name}.`,
  screenShared: (name) => `${name} está compartiendo su pantalla`,
  diagnosticsViewed: (name) => `${name} está viendo el diagnóstico de esta llamada`,
  peerDisconnected: (name) => `${name} se está reconectando…`,
  peerSignaling: (name) => `${name} perdió el contacto con el servidor. Tu llamada continúa.`,
  remote: (name) => `${name} colgó`,
  left: (name) => `${name} se fue`,
}
