import type { Texts } from '../texts.ts'

export const named: Texts['named'] = {
  title: (name) => `${name} · Duet`,
  video: (name) => `${name}さんの映像`,
  screen: (name) => `${name}さんの画面`,
  cameraOff: (name) => `${name}さんのカメラはオフです`,
  cameraOn: (name) => `${name}さんのカメラはオンです`,
  microphoneOff: (name) => `${name}さんのマイクはオフです`,
  microphoneOn: (name) => `${name}さんのマイクはオンです`,
  connected: (name) => `${name}さんとつながりました。`,
  screenShared: (name) => `${name}さんが画面を共有しています`,
  diagnosticsViewed: (name) => `${name}さんがこの通話の診断情報を見ています`,
  peerDisconnected: (name) => `${name}さんが再接続しています…`,
  peerSignaling: (name) => `${name}さんとサーバーの接続が切れました。通話は続きます。`,
  remote: (name) => `${name}さんが通話を終了しました`,
  left: (name) => `${name}さんが退出しました`,
}
