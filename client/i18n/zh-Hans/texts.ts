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
  full: { title: '房间已满', advice: '房间里已有两个人。请等有人离开后再试，或新建一个房间。' },
  'ask-first': { title: '申请加入', advice: '由房间里的人决定谁可以加入。' },
  locked: { title: '房间已锁定', advice: '请房间里的人解锁，或新建一个房间。' },
  'invalid-room-name': {
    title: '房间名无效',
    advice: '房间名最多 64 个字母或数字。链接可能不完整，请让对方重新发送。',
  },
  'invalid-input': { title: '服务器无法识别此请求', advice: '此网页可能已过期，请重新加载。' },
  'too-large': { title: '请求过大', advice: '请重新加载网页后再试。' },
  throttled: { title: '尝试次数过多', advice: '请等一分钟再试。' },
  'server-full': { title: '服务器已满', advice: '当前通话太多，请过几分钟再试。' },
  'not-joined': { title: '会话已过期', advice: '请重试以重新加入。' },
  'seat-lost': { title: '你的位置已失效', advice: '你离开得太久了。如果房间还有空位，重试即可重新加入。' },
  'out-of-order': { title: '通话不同步', advice: '请重试以重新开始通话。' },
  unavailable: { title: '服务器繁忙', advice: '现在无法加入，请稍后再试。' },
  'not-found': { title: '此网页已过期', advice: '请重新加载以获取最新版本。' },
  internal: { title: '服务器出错了', advice: '请重试。详情见服务器日志。' },
}

const callEndings: Record<CallEndReason, UserMessage> = {
  local: { title: '你已挂断', advice: '' },
  remote: { title: '对方已挂断', advice: '' },
  left: { title: '对方已离开', advice: '' },
  replaced: { title: '通话已转移', advice: '现在正在另一个标签页或窗口中进行。' },
  failed: { title: '无法接通', advice: '可能被防火墙拦截了。请重试、换个网络，或运行连接测试。' },
  lost: { title: '连接已中断', advice: '你们中有一方断网了。你在房间里的位置会保留。' },
}

const peerEndings: Record<HangupMessageReason, UserMessage> = {
  unsupported: { title: '对方的浏览器不支持视频通话', advice: '请让对方用其他浏览器打开链接。' },
}

const weakConnectionAdvice: Record<QualityCause, (camera: { ours: boolean; theirs: boolean }) => string> = {
  outbound: ({ ours }) => (ours ? '你的网络较差，关闭摄像头会有改善。' : '你的网络较差，试试靠近 Wi-Fi。'),
  inbound: ({ theirs }) =>
    theirs ? '对方的网络较差，让对方关闭摄像头可能会有改善。' : '对方的网络较差，让对方靠近 Wi-Fi 可能会有改善。',
  both: ({ ours, theirs }) =>
    ours || theirs ? '双方的网络都较差，关闭摄像头会有改善。' : '双方的网络都较差，换个网络可能会有改善。',
  latency: () => '延迟较大，请稍等片刻再回应。',
}

const unreachableCauses: Record<UnreachableCause, string> = {
  offline: '你已断网。网络恢复后 Duet 会自动重连。',
  silent: '服务器没有响应。可能正在重启，也可能被你的网络拦截了。',
  elsewhere: '响应的不是服务器。如果当前网络需要登录，请先登录。',
  gateway: '此地址背后的服务器没有响应。服务器管理员可以查看日志。',
  busy: '服务器暂时无法接受更多连接，Duet 会继续尝试。',
  host: '服务器没有配置此地址。服务器管理员可以设置 DUET_PUBLIC_URL。',
  origin: '服务器不接受来自此地址的网页。服务器管理员可以设置 DUET_ALLOWED_ORIGINS。',
  websocket: '服务器有响应，但代理或防火墙拦截了通话所需的 WebSocket。请换个网络。',
}

const allowWebRtcAdvice: Record<Browser, string> = {
  chromium: '请关闭拦截 WebRTC 的扩展程序，然后重新加载。也可以用其他浏览器打开链接。',
  firefox: '请打开 about:config，将 media.peerconnection.enabled 设为 true，并关闭拦截 WebRTC 的扩展，然后重新加载。',
  safari: '请对此网页关闭“锁定模式”和拦截 WebRTC 的扩展，然后重新加载。也可以用其他浏览器打开链接。',
  ios: '请对此网页关闭“锁定模式”后重新加载，或用 Safari 打开链接。',
  other: '请用新版 Chrome、Edge、Firefox 或 Safari 打开链接。',
}

const missingFeatures: Record<MissingFeature, (browser: Browser) => UserMessage> = {
  webrtc: (browser) => ({
    title: '此浏览器无法通话：缺少 WebRTC，或 WebRTC 被禁用。',
    advice: allowWebRtcAdvice[browser],
  }),
  websocket: () => ({ title: '此浏览器无法通话：缺少 WebSocket。', advice: allowWebRtcAdvice.other }),
}

export const texts: Texts = {
  language: 'zh-Hans',
  name: 'Duet',
  diagnostics: '诊断',
  languageMenu: '语言',

  home: {
    title: '两个人的通话。',
    about: '只属于两个人的私密视频通话。不用注册，不用下载，也没有第三方公司。',
    startCall: '发起通话',
    newRoomNote: '生成一个无人能猜到的链接。',
    nameLabel: '用链接或房间名加入',
    namePlaceholder: 'kitchen-table',
    go: '进入',
    nameNote: '不区分大小写和空格。房间名越短越好记，也越容易被猜到。',
    nameEmpty: '请输入链接或房间名，或发起通话。',
    nameInvalid: '房间名无效。最多 64 个字母、数字、连字符或点。',
    checkConnection: '测试连接',
    howItWorks: '工作原理',
  },

  titles: {
    home: 'Duet：两个人的通话',
    invalidRoomName: '房间名无效 · Duet',
    notFound: '找不到网页 · Duet',
    check: '连接测试 · Duet',
    lobby: '准备加入 · Duet',
    joining: '正在加入… · Duet',
    waiting: '等待中 · Duet',
    connecting: '正在连接… · Duet',
    call: '通话中 · Duet',
    unauthenticatedPeer: '是谁？ · Duet',
    reconnecting: '正在重连… · Duet',
    failed: '通话失败 · Duet',
    ended: '通话已结束 · Duet',
    rejected: '无法加入 · Duet',
    openInOtherTab: '已在其他标签页打开 · Duet',
    left: '你已离开 · Duet',
  },

  lobby: {
    title: '准备好加入了吗？',
    room: '房间',
    join: '加入',
    joinNote: (camera, microphone) => {
      if (camera && microphone) return '对方能看到你，也能听到你。'
      if (microphone) return '对方能听到你，但看不到你。'
      if (camera) return '对方能看到你，但听不到你。'
      return '你能看到和听到对方，但对方看不到也听不到你。'
    },
    serverUnreachable: '无法连接服务器，正在重试。请检查网络连接。',
    microphoneLevel: '麦克风音量',
    cameraRequested: '正在请求使用摄像头…',
    cameraOff: '摄像头已关闭',
  },

  devices,

  joining: { title: '正在加入…', slow: '耗时比平时长…', cancel: '取消' },

  connecting: {
    title: '正在连接…',
    peerPresent: '对方已到，正在为你们接通…',
    findingConnection: '正在寻找连接…',
    retrying: (n, of) => `仍在连接…（第 ${n} 次，共 ${of} 次）`,
    peerDisconnected: '对方暂时断网，恢复后通话会继续。',
    serverUnreachable: '无法连接服务器，正在重试。请检查网络连接。',
  },

  invitation: {
    title: '你是第一个到的',
    instruction: '把链接发给对方，邀请对方加入。',
    link: '房间链接',
    copy: '复制链接',
    copied: '已复制',
    copyFailed: '复制失败，请手动选中链接',
    shareLink: '分享…',
    shareTitle: '来和我视频通话',
    showQrCode: '显示二维码',
    qrCodeLabel: (link) => `${link} 的二维码`,
    unusableElsewhere: '邀请需要 https 地址，所以别人无法使用这个链接。',
  },

  call: {
    title: '你的通话',
    controls: '通话控制',
    mute: '静音',
    unmute: '取消静音',
    cameraOff: '关闭摄像头',
    cameraOn: '打开摄像头',
    shareScreen: '共享屏幕',
    stopSharing: '停止共享',
    devices: '设备',
    room: '房间',
    closeRoom: '关闭',
    view: '视图',
    flipCamera: '切换前后摄像头',
    showOwnVideo: '显示你的画面',
    fullscreen: '全屏',
    exitFullscreen: '退出全屏',
    hangUp: '挂断',
    fillScreen: '填满窗口',
    showWhole: '适应窗口',
    playSound: '播放声音',
    playSoundNote: '浏览器需要你点一下才会播放声音。',
    play: '播放',
    playNote: '设备暂停了通话。',
    localVideo: '你的画面',
    remoteVideo: '对方的画面',
    remoteScreen: '对方的屏幕',
    localScreen: '你的屏幕',
    smallVideo: (video, corner) => `${video}，位于${corner}。按回车键放大，按方向键移动。`,
    corners: { 'top-left': '左上角', 'top-right': '右上角', 'bottom-left': '左下角', 'bottom-right': '右下角' },
    remoteCameraOff: '对方的摄像头已关闭',
    remoteMicrophoneOff: '对方的麦克风已关闭',
    remoteScreenShared: '对方正在共享屏幕',
    localScreenShared: '你正在共享屏幕',
    dataChannelFlooded: '对方发送的数据过多，Duet 已停止读取其消息。音视频不受影响。',
    diagnosticsViewed: '对方正在查看这次通话的诊断信息',
    screenShareFailed: (problemCode) =>
      problemCode === 'denied-by-system'
        ? { title: '系统不允许此浏览器录制屏幕。', advice: '请在隐私设置中允许，然后重新共享。' }
        : { title: '无法共享屏幕。', advice: '请再点一次“共享屏幕”，或换一个窗口。' },
    microphoneNotSent: { muted: '已静音', failed: '没有声音' },
    statusBanner: {
      transport: '正在重连…',
      localNetwork: '你似乎断网了，正在重连…',
      signaling: '无法连接服务器，正在重试…',
      peerDisconnected: '对方正在重连…',
      peerSignaling: '对方与服务器断开了连接，通话不受影响。',
      signalingDuringCall: '与服务器断开了连接，通话不受影响。',
    },
    seatLost: (code) =>
      code === 'full' ? '别人占用了你在房间里的位置，通话不受影响。' : '服务器不让你回到房间，通话不受影响。',
    retry: '重试',
    quality: { unknown: '正在检测连接质量…', good: '连接良好', fair: '连接一般', poor: '连接较差' },
    weakConnectionAdvice: (cause, camera) =>
      cause
        ? weakConnectionAdvice[cause](camera)
        : camera.ours
          ? '连接较差，关闭摄像头会有改善。'
          : '连接较差，换个网络可能会有改善。',
  },

  named,

  announcements: {
    connected: '已接通。',
    remoteMicrophone: (on) => (on ? '对方打开了麦克风。' : '对方关闭了麦克风。'),
    remoteCamera: (on) => (on ? '对方打开了摄像头。' : '对方关闭了摄像头。'),
    localMicrophone: (on) => (on ? '' : '你已静音。'),
    localCamera: (on) => (on ? '' : '你的摄像头已关闭。'),
  },

  unauthenticatedPeer: {
    title: '可能换了一个人',
    advice: '通话中断过，现在的对方可能不是同一个人。在你点“继续”之前，对方看不到也听不到你。',
    continue: '继续',
    hangUp: '挂断',
  },

  callEnded: (reason) => callEndings[reason],
  endedByPeer: (reason) => peerEndings[reason],
  endedWithoutSeat: (reason) => ({
    title: callEndings[reason].title,
    advice: '通话期间，你在房间里的位置被占用了。请重试以重新加入。',
  }),
  connectionLost: {
    localNetwork: '你断网了。你在房间里的位置会保留，网络恢复后请重试。',
    remoteNetwork: '对方断网了。你们在房间里的位置会保留，请稍后重试。',
    unknown: '你们都能连上服务器，但彼此连不上。请重试，或换个网络。',
  },
  apiError: (code) => apiErrors[code],
  actions: { tryAgain: '重试', newRoom: '新建房间', checkConnection: '测试连接' },

  otherTab: { note: '你已在另一个标签页中进入此房间。', continueHere: '切换到此标签页' },
  openInOtherTab: { title: '通话已转移', advice: '现在正在另一个标签页或窗口中进行。', useHere: '切换到此标签页' },
  left: { title: '你已离开', advice: '房间还在，链接依然有效。', rejoin: '重新加入' },
  invalidRoomName: { goHome: '返回首页' },
  notFound: { title: '找不到网页', advice: '此网页不存在，链接可能不完整。', goHome: '返回首页' },
  unreachable: (cause) => unreachableCauses[cause],
  missingFeature: (what, browser) => missingFeatures[what](browser),
  updated: (isInRoom) => ({
    title: 'Duet 已更新',
    advice: isInRoom ? '通话会继续。重新加载即可使用新版本，你的位置会保留。' : '重新加载即可使用新版本。',
  }),
  partLoading: '正在加载…',
  partLoadFailed: { title: '这部分没有加载出来', advice: '请检查网络连接，然后重试。' },
  pageLoadFailed: { title: '网页没有加载出来', advice: '请检查网络连接，然后重新加载。', reload: '重新加载' },
}
