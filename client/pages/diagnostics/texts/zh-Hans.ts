import { formatElapsed, formatNumber, formatPercent, formatUnit } from '../../../i18n/format.ts'
import type { DiagnosticsTexts } from '../texts.ts'

export const diagnostics: DiagnosticsTexts = {
  title: '诊断',
  about: '找出哪里出了问题。',
  close: '关闭诊断',
  machines: '状态机',
  names: {
    membership: '成员资格',
    room: '房间',
    signaling: '服务器连接',
    call: '通话',
    verification: '安全码',
    microphone: '麦克风',
    camera: '摄像头',
    screen: '共享屏幕',
    statusBanner: '状态横幅',
    quality: '质量',
    preparation: '通话前的连接',
    transfer: '文件传输',
    microphoneHint: '麦克风提示',
    pushToTalk: '按住说话',
    chat: '聊天',
  },

  connectionPath: {
    title: '连接',
    none: '目前未连接。',
    direct: (protocol) => `直连（${protocol}）`,
    relayed: (protocol) => `中继（${protocol}）`,
    roundTrip: '往返时间',
    milliseconds: (count) => formatUnit('zh-Hans', 'millisecond', count),
    quality: '质量',
    inbound: '接收',
    outbound: '发送',
    lossAndRate: (loss, rate) =>
      rate === null ? `丢包 ${loss}` : `丢包 ${loss}，${formatNumber('zh-Hans', rate)} kbit/s`,
    percent: (share) => formatPercent('zh-Hans', share),
    unmeasured: '?',
    jitter: '抖动',
    reconnects: '重连',
    reconnectCounts: (attempts, restarts) => `最近一分钟 ICE 重启 ${restarts} 次（失败 ${attempts} 次）`,
    localEnd: '本地地址',
    remoteEnd: '远端地址',
    endpoints: { host: '本机', srflx: 'STUN 所见', prflx: '对方所见', relay: '中继' },
    privacyNote: '地址只在这里显示，跟踪记录中不含地址。',
  },

  events: {
    title: '事件',
    about: '最新的在前。',
    none: '暂无事件。',
    placeFilter: '显示事件来源',
    all: '全部',
    places: { here: '你', there: '对方', server: '服务器' },
    noneFromPlace: '尚未收到对方的事件。',
    elapsed: (ms) => formatElapsed('zh-Hans', ms),
  },

  saveTrace: '保存跟踪记录',
  saveNote: '只含状态和事件，不含地址、密钥或姓名。可以放心发给帮你排查的人。',
  openStatecharts: '查看状态机',
}
