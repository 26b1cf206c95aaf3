import { assertEvent, assign, emit, enqueueActions, setup } from 'xstate'
import { contentLimits } from '../protocol/contentLimits.ts'
import {
  type ChatContext,
  type ChatEffect,
  type ChatEntry,
  type ChatEvent,
  chatEventDescriptions,
  type StoredChat,
} from './chatEvents.ts'

/** Returns a chat without texts. */
export const createEmptyChat = (stay: string): StoredChat => ({
  stay,
  peerStay: null,
  receivedSeq: 0,
  sentSeq: 0,
  outbox: [],
  entries: [],
  entryId: 0,
  droppedCount: 0,
})

/** Adds an entry and drops the oldest above `contentLimits.chatKeptTexts` and `contentLimits.chatKeptCharacters`. */
function addEntry(context: ChatContext, added: Omit<ChatEntry, 'id'>): Partial<ChatContext> & { entryId: number } {
  const entryId = context.entryId + 1
  const entries = [...context.entries, { id: entryId, ...added }]
  let characters = entries.reduce((sum, { text }) => sum + text.length, 0)
  let dropped = 0
  while (entries.length - dropped > contentLimits.chatKeptTexts || characters > contentLimits.chatKeptCharacters)
    characters -= entries[dropped++]?.text.length ?? 0
  return { entryId, entries: entries.slice(dropped), droppedCount: context.droppedCount + dropped }
}

/** The texts that may be sent now: the next ones of the outbox, while few are unacknowledged. */
const listSendable = ({ outbox, channelSeq }: ChatContext) =>
  outbox.slice(0, contentLimits.chatUnacknowledgedTexts).filter(({ seq }) => seq > channelSeq)

/**
 * The chat of two people. Each text arrives once and in order: the sender keeps it until the peer has stored it, and
 * sends it again over the next channel. The receiver drops what it has. Only the chat's own channel carries it.
 */
export const chatMachine = setup({
  types: { context: {} as ChatContext, events: {} as ChatEvent, emitted: {} as ChatEffect, input: {} as StoredChat },
  guards: {
    /** Another tab may have received the texts between. */
    isNewText: ({ context, event }) => event.type === 'text.received' && event.seq > context.receivedSeq,
    isSentText: ({ context, event }) => event.type === 'ack.received' && event.seq <= context.channelSeq,
    hasSpace: ({ context }) => context.isOffered && context.outbox.length < contentLimits.chatWaitingTexts,
  },
  actions: {
    sayHello: emit({ type: 'hello.outgoing' }),
    acknowledge: emit({ type: 'ack.outgoing' }),
    rejectChannel: emit({ type: 'channel.rejected' }),
    setOffered: assign({ isOffered: true, channelSeq: 0 }),
    /** The peer's newest position ends the waiting of older texts. Another tab may have sent newer ones. */
    setPeer: assign(({ context, event }) => {
      assertEvent(event, 'hello.received')
      const ackedSeq = event.received?.stay === context.stay ? event.received.seq : 0
      return {
        peerStay: event.stay,
        receivedSeq: event.stay === context.peerStay ? context.receivedSeq : 0,
        sentSeq: Math.max(context.sentSeq, ackedSeq),
        outbox: context.outbox.filter(({ seq }) => seq > ackedSeq),
      }
    }),
    removeAcknowledged: assign({
      outbox: ({ context, event }) => {
        assertEvent(event, 'ack.received')
        return context.outbox.filter(({ seq }) => seq > event.seq)
      },
    }),
    addOwnText: assign(({ context, event }) => {
      assertEvent(event, 'user.sent')
      const { text, atMs } = event
      const added = addEntry(context, { from: 'own', text, atMs })
      const seq = context.sentSeq + 1
      return { ...added, sentSeq: seq, outbox: [...context.outbox, { seq, id: added.entryId, text, atMs }] }
    }),
    addPeerText: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'text.received')
      const entry = { from: 'peer', text: event.text, atMs: event.atMs } as const
      const added = addEntry(context, entry)
      enqueue.assign({
        ...added,
        receivedSeq: event.seq,
        unreadCount: context.isPanelShown ? 0 : context.unreadCount + 1,
      })
      enqueue.emit({ type: 'text.arrived', entry: { id: added.entryId, ...entry } })
    }),
    sendTexts: enqueueActions(({ context, enqueue }) => {
      const texts = listSendable(context)
      const last = texts.at(-1)
      if (!last) return
      enqueue.assign({ channelSeq: last.seq })
      enqueue.emit({ type: 'texts.outgoing', texts })
    }),
    showPanel: assign({ isPanelShown: true, unreadCount: 0 }),
    hidePanel: assign({ isPanelShown: false }),
    clear: assign(({ event }) => {
      assertEvent(event, 'chat.cleared')
      return { ...createEmptyChat(event.stay), isOffered: false, channelSeq: 0, unreadCount: 0 }
    }),
    takeOver: assign(({ event }) => {
      assertEvent(event, 'chat.handedOver')
      return { ...event.chat, isOffered: event.chat.peerStay !== null, channelSeq: 0, unreadCount: 0 }
    }),
  },
}).createMachine({
  id: 'chat',
  description: 'The chat of the two people, over a data channel of its own.',
  meta: { events: chatEventDescriptions },
  context: ({ input }) => ({
    ...input,
    // A page that reloads knows that the peer's page has a chat.
    isOffered: input.peerStay !== null,
    channelSeq: 0,
    isPanelShown: false,
    unreadCount: 0,
  }),
  initial: 'closed',
  states: {
    closed: { description: 'There’s no channel. Texts wait.' },
    greeting: {
      description: 'The channel is there. Each page says which texts it has.',
      entry: 'sayHello',
      on: {
        'hello.received': { target: 'open', actions: ['setPeer', 'sendTexts'] },
        'channel.closed': 'closed',
        'channel.flooded': 'flooded',
      },
    },
    open: {
      description: 'Texts are sent at once, and acknowledged when they’re stored.',
      on: {
        'text.received': [
          { guard: 'isNewText', actions: ['addPeerText', 'acknowledge'] },
          // A repeated text.
          { actions: 'acknowledge' },
        ],
        'ack.received': { guard: 'isSentText', actions: ['removeAcknowledged', 'sendTexts'] },
        'user.sent': { guard: 'hasSpace', actions: ['addOwnText', 'sendTexts'] },
        'channel.closed': 'closed',
        'channel.flooded': 'flooded',
      },
    },
    flooded: {
      description: 'The peer sent too much, so this page closed the channel. The next connection has a new one.',
      entry: 'rejectChannel',
    },
  },
  on: {
    'channel.opened': { target: '.greeting', reenter: true, actions: 'setOffered' },
    'user.sent': { guard: 'hasSpace', actions: 'addOwnText' },
    'panel.shown': { actions: 'showPanel' },
    'panel.hidden': { actions: 'hidePanel' },
    'chat.cleared': { target: '.closed', actions: ['rejectChannel', 'clear'] },
    'chat.handedOver': { target: '.closed', actions: ['rejectChannel', 'takeOver'] },
  },
})
