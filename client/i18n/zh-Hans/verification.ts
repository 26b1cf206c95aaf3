import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import type { UserMessage } from '../userMessage.ts'
import type { verification as english } from '../verification.en.ts'

const interceptionAdvice = '不要透露任何私密信息。请挂断，换一个网络或服务器再呼叫。'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: '安全码受到干扰', advice: interceptionAdvice },
  repeated: { title: '安全码受到干扰', advice: interceptionAdvice },
  malformed: { title: '安全码受到干扰', advice: interceptionAdvice },
  commitmentMismatch: { title: '可能有人在窃听这次通话', advice: interceptionAdvice },
  certificateChanged: { title: '对方的设备变了', advice: interceptionAdvice },
  timedOut: { title: '没有收到安全码', advice: `可能是网络不好，也可能有人在窃听。${interceptionAdvice}` },
  unsupported: {
    title: '此网页无法生成安全码',
    advice: '安全码只能在安全（https）网页上使用。请服务器管理员启用 https。',
  },
}

export const verification: typeof english = {
  title: '安全码',
  buttonStates: {
    unverified: '验证',
    changed: '已变更',
    verified: '已验证',
    mismatched: '不一致',
    failed: '无法验证',
    unsupported: '没有安全码',
  },
  button: (state) => `安全码：${state}`,
  computing: '正在生成安全码…',
  messages: {
    unverified: { title: '有人在窃听这次通话吗？', advice: '请互相念出这些图案。如果双方一致，就没有人在窃听。' },
    changed: { title: '安全码已变更', advice: '这是一条新的连接，之前的验证不再有效。请重新比对。' },
    verified: { title: '没有人在窃听这次通话', advice: '你已确认双方的安全码一致。如果连接有变，我们会提醒你。' },
    mismatched: { title: '可能有人在窃听这次通话', advice: interceptionAdvice },
  },
  aborted: (reason) => abortMessages[reason],
  limit: '安全码能防止你们之间有人窃听，但如果服务器提供的网页被篡改，则无法防范。',
  match: '一致',
  differ: '不一致',
  compare: '比对',
  close: '关闭',
  dismiss: '关闭此提示',
}
