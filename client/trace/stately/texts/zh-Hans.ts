import type { InspectorTexts } from '../texts.ts'

export const inspector: InspectorTexts = {
  title: '要在 stately.ai 上显示此网页的诊断信息吗？',
  advice:
    '这会打开由另一家公司运营的 Stately Inspector。状态机以及这些通话的状态和事件会实时发送给它，不含人名、房间名、地址、声音或画面。',
  open: '打开 stately.ai',
  decline: '不用了',
  blocked: { title: '浏览器拦截了弹出窗口', advice: '请允许此网页弹出窗口，然后再点一次“打开 stately.ai”。' },
}
