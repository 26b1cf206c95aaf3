import type { SnapshotFrom } from 'xstate'
import { pushToTalkMachine, type PushToTalkEvent } from '../../../machines/audio/pushToTalkMachine.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type TalkSnapshot = SnapshotFrom<typeof pushToTalkMachine>

/** Every event of the key, the switch, the page and the microphone, repeated and in any order. */
export const facts: PushToTalkEvent[] = [
  { type: 'setting.enabled' },
  { type: 'setting.disabled' },
  { type: 'key.pressed', isMuted: true },
  { type: 'key.pressed', isMuted: false },
  { type: 'key.released' },
  { type: 'focus.lost' },
  { type: 'microphone.muted' },
]

/** Every event and every delay in every state. */
export const exploration: Exploration<typeof pushToTalkMachine> = {
  events: (before) => [...facts, ...waitsIn<PushToTalkEvent>(before)],
  key: ({ value }) => JSON.stringify(value),
}
