import { formatPercent } from '../../../i18n/format.ts'

export const en = {
  title: 'Sound',
  /** `name` of the other person; empty if unknown. */
  volume: (name: string): string => (name ? `${name}’s volume` : 'Their volume'),
  percent: (percent: number): string => formatPercent('en', percent),
  testSpeaker: 'Test speaker',
  testMicrophone: 'Test microphone',
  stopTest: 'Stop test',
  testNote: 'You’re still muted. Only you see this level.',
  filters: {
    echoCancellation: 'Echo cancellation',
    noiseSuppression: 'Noise suppression',
    autoGainControl: 'Automatic volume',
  },
  music: 'Music mode',
  musicNote: 'Sends instruments unfiltered and in higher quality. Wear headphones.',
  mutedHint: 'Tell me when I speak while muted',
  mutedHintNote: 'This page then listens while you’re muted. It sends nothing.',
  pushToTalk: 'Push to talk',
  pushToTalkNote: 'While muted, hold the space bar or the button to talk.',
  holdToTalk: 'Hold to talk',
  /** Hints in a call, each with an action. */
  muted: 'You’re muted.',
  silent: 'Your microphone is silent.',
  silentAdvice: 'Check its switch, or choose another one under “Devices”.',
  dismiss: 'Dismiss',
}
