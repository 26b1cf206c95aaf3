import type { Texts } from '../texts.ts'

export const named: Texts['named'] = {
  title: (name) => `${name} · Duet`,
  video: (name) => `${name} 的画面`,
  screen: (name) => `${name} 的屏幕`,
  cameraOff: (name) => `${name} 关闭了摄像头`,
  cameraOn: (name) => `${name} 打开了摄像头`,
  microphoneOff: (name) => `${name} 关闭了麦克风`,
  microphoneOn: (name) => `${name} 打开了麦克风`,
  connected: (name) => `你已和 ${name} 接通。`,
  screenShared: (name) => `${name} 正在共享屏幕`,
  diagnosticsViewed: (name) => `${name} 正在查看这次通话的诊断信息`,
  peerDisconnected: (name) => `${name} 正在重连…`,
  peerSignaling: (name) => `${name} 与服务器断开了连接，通话不受影响。`,
  remote: (name) => `${name} 已挂断`,
  left: (name) => `${name} 已离开`,
}
