import type { AbortReason } from '../../../machines/verification/verificationEvents.ts'
import type { UserMessage } from '../userMessage.ts'
import type { verification as english } from '../verification.en.ts'

const interceptionAdvice =
  'プライベートな話は控えてください。通話を終了し、別のネットワークまたはサーバーからかけ直してください。'

const abortMessages: Record<AbortReason, UserMessage> = {
  early: { title: '何かがセキュリティコードを妨害しています', advice: interceptionAdvice },
  repeated: { title: '何かがセキュリティコードを妨害しています', advice: interceptionAdvice },
  malformed: { title: '何かがセキュリティコードを妨害しています', advice: interceptionAdvice },
  commitmentMismatch: { title: '通話が傍受されている可能性があります', advice: interceptionAdvice },
  certificateChanged: { title: '相手のデバイスが変わりました', advice: interceptionAdvice },
  timedOut: {
    title: 'セキュリティコードが届きませんでした',
    advice: `接続が悪いか、通話が傍受されている可能性があります。${interceptionAdvice}`,
  },
  unsupported: {
    title: 'このページではセキュリティコードを作成できません',
    advice: '使えるのは安全な（https の）ページだけです。サーバーの管理者に https を有効にするよう依頼してください。',
  },
}

export const verification: typeof english = {
  title: 'セキュリティコード',
  buttonStates: {
    unverified: '確認',
    changed: '変更あり',
    verified: '確認済み',
    mismatched: '不一致',
    failed: '確認できません',
    unsupported: 'コードなし',
  },
  button: (state) => `セキュリティコード：${state}`,
  computing: 'コードを作成しています…',
  messages: {
    unverified: {
      title: '通話は傍受されていませんか？',
      advice: '絵文字をお互いに読み上げてください。一致していれば、通話は傍受されていません。',
    },
    changed: {
      title: 'コードが変わりました',
      advice: '新しい接続になったため、前回の確認は無効です。もう一度比べてください。',
    },
    verified: {
      title: '通話は傍受されていません',
      advice: 'コードの一致を確認しました。接続が変わった場合はお知らせします。',
    },
    mismatched: { title: '通話が傍受されている可能性があります', advice: interceptionAdvice },
  },
  aborted: (reason) => abortMessages[reason],
  limit: 'ふたりの間に入り込む第三者からは守られますが、サーバーが改ざんされたページを配信した場合は守られません。',
  match: '一致した',
  differ: '一致しない',
  compare: '比べる',
  close: '閉じる',
  dismiss: 'このお知らせを閉じる',
}
