import type { SnapshotFrom } from 'xstate'
import type { ChatEvent, StoredChat } from '../../../machines/chat/chatEvents.ts'
import { chatMachine, createEmptyChat } from '../../../machines/chat/chatMachine.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import type { Exploration } from '../graph.ts'

export type ChatSnapshot = SnapshotFrom<typeof chatMachine>

/** The chat of another tab: one text of each person, and the own one waits. */
export const otherTab: StoredChat = {
  ...createEmptyChat('other tab'),
  peerStay: 'peer',
  receivedSeq: 1,
  sentSeq: 1,
  outbox: [{ seq: 1, id: 2, text: 'hi', atMs: 7 }],
  entries: [
    { id: 1, from: 'peer', text: '1', atMs: 5 },
    { id: 2, from: 'own', text: 'hi', atMs: 7 },
  ],
  entryId: 2,
}

/** All events of the channel and the page, at any time. A text is the next one, repeated, or follows a gap. */
const facts = ({ context: { stay, receivedSeq, channelSeq, sentSeq } }: ChatSnapshot): ChatEvent[] => [
  { type: 'channel.opened' },
  { type: 'channel.closed' },
  { type: 'channel.flooded' },
  { type: 'hello.received', stay: 'peer', received: null },
  { type: 'hello.received', stay: 'peer', received: { stay, seq: Math.max(1, sentSeq) } },
  { type: 'hello.received', stay: 'other', received: { stay: 'unknown', seq: 7 } },
  ...[receivedSeq, receivedSeq + 1, receivedSeq + 2]
    .filter((seq) => seq > 0)
    .map((seq) => ({ type: 'text.received', seq, text: `${seq}`, atMs: 5 }) as const),
  ...[channelSeq, channelSeq + 1].filter((seq) => seq > 0).map((seq) => ({ type: 'ack.received', seq }) as const),
  { type: 'user.sent', text: 'hi', atMs: 7 },
  { type: 'panel.shown' },
  { type: 'panel.hidden' },
  { type: 'chat.cleared', stay: 'next' },
  { type: 'chat.handedOver', chat: otherTab },
]

/** Every event in every state. Numbers are capped. */
export const exploration: Exploration<typeof chatMachine> = {
  input: createEmptyChat('own'),
  events: facts,
  key: ({ value, context: { stay, peerStay, isOffered, isPanelShown, ...counts } }) =>
    JSON.stringify([
      value,
      stay,
      peerStay,
      isOffered,
      isPanelShown,
      ...[counts.receivedSeq, counts.sentSeq, counts.channelSeq, counts.outbox.length, counts.unreadCount].map(
        (count) => Math.min(count, 2),
      ),
    ]),
}

const waiting = Array.from({ length: contentLimits.chatWaitingTexts }, (_, index) => index + 1)

/** The same, when as many texts wait as may. */
export const fullExploration: Exploration<typeof chatMachine> = {
  ...exploration,
  input: {
    ...createEmptyChat('own'),
    peerStay: 'peer',
    sentSeq: contentLimits.chatWaitingTexts,
    outbox: waiting.map((seq) => ({ seq, id: seq, text: 'hi', atMs: 1 })),
  },
  key: (snapshot) => JSON.stringify([exploration.key(snapshot), snapshot.context.outbox.length < waiting.length]),
}
