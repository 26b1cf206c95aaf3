import type { Texts } from '../texts.ts'

export const named: Texts['named'] = {
  title: (name) => `${name} · Duet`,
  video: (name) => `Vídeo de ${name}`,
  screen: (name) => `Tela de ${name}`,
  cameraOff: (name) => `A câmera de ${name} está desativada`,
  cameraOn: (name) => `A câmera de ${name} está ativada`,
  microphoneOff: (name) => `O microfone de ${name} está desativado`,
  microphoneOn: (name) => `O microfone de ${name} está ativado`,
  connected: (name) => `Você está em chamada com ${name}.`,
  screenShared: (name) => `${name} está compartilhando a tela`,
  diagnosticsViewed: (name) => `${name} está vendo o diagnóstico desta chamada`,
  peerDisconnected: (name) => `${name} está se reconectando…`,
  peerSignaling: (name) => `${name} perdeu contato com o servidor. Sua chamada continua.`,
  remote: (name) => `${name} desligou`,
  left: (name) => `${name} saiu`,
}
