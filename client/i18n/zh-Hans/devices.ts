import type { DeviceKind, DeviceProblem } from '../../../machines/protocol/vocabulary.ts'
import type { Browser } from '../browserName.ts'
import type { devices as english } from '../devices.en.ts'
import type { UserMessage } from '../userMessage.ts'

type CaptureKind = Exclude<DeviceKind, 'screen'>
type CaptureKinds = CaptureKind | 'both'

const deviceNames: Record<CaptureKinds, string> = { microphone: '麦克风', camera: '摄像头', both: '摄像头和麦克风' }
/** Label of the switch in the browser's site settings. */
const browserSwitchLabels: Record<CaptureKinds, string> = {
  microphone: '“麦克风”',
  camera: '“摄像头”',
  both: '“摄像头”和“麦克风”',
}

const allowDeviceAdvice: Record<Browser, (kind: CaptureKinds) => string> = {
  chromium: (kind) => `点击地址栏左侧的图标，打开${browserSwitchLabels[kind]}，随后会自动启动。`,
  firefox: (kind) => `点击地址栏中带斜线的${deviceNames[kind]}图标，移除“已阻止”，然后点“重试”。`,
  safari: (kind) => `打开“Safari 浏览器”→“此网站的设置”，将${deviceNames[kind]}设为“允许”，然后点“重试”。`,
  ios: (kind) => `轻点地址栏中的图标，选择“网站设置”，将${deviceNames[kind]}设为“允许”，然后点“重试”。`,
  other: (kind) => `在浏览器设置中允许此网页使用${deviceNames[kind]}，然后点“重试”。`,
}

/** A Latin name has a space before the next character. */
const alternativeBrowsers: Record<Browser, string> = {
  chromium: 'Chrome 或其他浏览器',
  firefox: 'Firefox 或其他浏览器',
  safari: 'Safari ',
  ios: 'Safari ',
  other: 'Chrome、Firefox 或 Safari ',
}

const missingMedia: Record<CaptureKinds, string> = { microphone: '没有声音', camera: '没有画面', both: '没有信号' }

const deviceProblems: Record<DeviceProblem, (kind: CaptureKinds, browser: Browser) => UserMessage> = {
  denied: (kind, browser) => ({ title: `${deviceNames[kind]}权限被拒绝。`, advice: allowDeviceAdvice[browser](kind) }),
  'denied-by-system': (kind) => ({
    title: `系统不允许此浏览器使用${deviceNames[kind]}。`,
    advice: `请在系统的隐私设置中允许使用${deviceNames[kind]}。可能需要重启浏览器。`,
  }),
  missing: (kind) => ({ title: `未找到${deviceNames[kind].replace('和', '或')}。`, advice: '插上设备后会自动启动。' }),
  busy: (kind) => ({ title: `${deviceNames[kind]}正被其他应用占用。`, advice: '请关闭其他通话和录制，然后点“重试”。' }),
  unsuitable: (kind) => ({ title: `此${deviceNames[kind]}无法用于通话。`, advice: '请换一个设备。' }),
  insecure: (kind) => ({
    title: `浏览器只允许安全（https）网页使用${deviceNames[kind]}。`,
    advice: '请用 https:// 打开此网页，或请服务器管理员启用 https。',
  }),
  unsupported: (kind, browser) => ({
    title: `此应用内置的浏览器无法使用${deviceNames[kind]}。`,
    advice: `请复制链接，用 ${alternativeBrowsers[browser]}打开。`,
  }),
  unplugged: (kind) => ({ title: `${deviceNames[kind]}已断开。`, advice: '重新插上后会自动恢复，也可以换一个设备。' }),
  stalled: (kind) => ({
    title: `${deviceNames[kind]}${missingMedia[kind]}。`,
    advice: '请换一个设备，或拔下后重新插上，然后点“重试”。',
  }),
  unknown: (kind) => ({
    title: `无法启动${deviceNames[kind]}。`,
    advice: '请点“重试”。如果仍不行，请拔下后重新插上，或重启浏览器。',
  }),
}

const substitutionReasons: Record<DeviceProblem, string> = {
  denied: '权限被拒绝',
  'denied-by-system': '被系统阻止',
  missing: '未连接',
  busy: '正被其他应用占用',
  unsuitable: '无法用于通话',
  insecure: '无法启动',
  unsupported: '无法启动',
  unplugged: '已断开',
  stalled: '已停止工作',
  unknown: '无法启动',
}

export const devices: typeof english = {
  title: '设备',
  camera: '摄像头',
  microphone: '麦克风',
  speaker: '扬声器',
  systemDefault: '系统默认',
  noDevices: '未找到设备',
  permissionNeeded: '需要授权',
  unnamed: { camera: (n) => `摄像头 ${n}`, microphone: (n) => `麦克风 ${n}`, speaker: (n) => `扬声器 ${n}` },
  tryAgain: '重试',
  close: '关闭',
  shortcuts: '键盘快捷键（M 静音，V 摄像头，D 诊断）',
  dismiss: '关闭此提示',
  problem: (kind, problemCode, browser) => deviceProblems[problemCode](kind, browser),
  substituted: (kind, problemCode, label) =>
    `你选择的${deviceNames[kind]}${substitutionReasons[problemCode]}，已改用${label ? `“${label}”` : '其他设备'}。`,
  trackMuted: {
    microphone: { title: '麦克风已被设备或系统静音。', advice: '对方听不到你。请检查耳机上的开关和系统的声音设置。' },
    camera: { title: '摄像头已被设备或系统关闭。', advice: '对方看不到你。请打开镜头盖，或检查电脑上的摄像头开关。' },
  },
}
