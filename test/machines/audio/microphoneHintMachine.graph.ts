import type { SnapshotFrom } from 'xstate'
import { microphoneHintMachine, type MicrophoneHintEvent } from '../../../machines/audio/microphoneHintMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type HintSnapshot = SnapshotFrom<typeof microphoneHintMachine>

/** Every event of the microphone and its sound, repeated and in any order. */
export const facts: MicrophoneHintEvent[] = [
  { type: 'microphone.muted' },
  { type: 'microphone.unmuted' },
  { type: 'microphone.closed' },
  { type: 'speech.started' },
  { type: 'speech.ended' },
  { type: 'silence.started' },
  { type: 'silence.ended' },
  { type: 'user.dismissed' },
]

/** Every event and every delay in every state. */
export const exploration: Exploration<typeof microphoneHintMachine> = {
  events: (before) => [...facts, ...waitsIn<MicrophoneHintEvent>(before)],
  key: ({ value, context }) => JSON.stringify([value, context]),
}
