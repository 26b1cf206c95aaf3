import { and, assertEvent, assign, emit, enqueueActions, fromCallback, sendTo, setup } from 'xstate'
import {
  type TransferContentCommand,
  type TransferContentEvent,
  type TransferContext,
  type TransferEffect,
  type TransferEvent,
  transferEventDescriptions,
  type TransferInput,
  type TransferSide,
} from './transferEvents.ts'

/**
 * One end of the transfer of one file. A closed channel pauses it. Each opening repeats the offer, and the receiver
 * answers with the bytes that it has. A page that lost its side ends the transfer of the other.
 */
export const transferMachine = setup({
  types: {
    context: {} as TransferContext,
    input: {} as TransferInput,
    events: {} as TransferEvent,
    emitted: {} as TransferEffect,
  },
  actors: {
    /** Reads and hashes the file of the sender, or stores and hashes the bytes of the receiver. */
    content: fromCallback<TransferContentCommand, { side: TransferSide }, TransferContentEvent>(() => {
      throw new Error('the browser provides the actor "content"')
    }),
  },
  guards: {
    isSender: ({ context }) => context.side === 'sender',
    isReceiver: ({ context }) => context.side === 'receiver',
    isOffered: ({ context }) => context.isOffered,
    /** A receiver cannot have more bytes than the file. */
    isOffsetInside: ({ context, event }) => event.type === 'peer.accepted' && event.offset <= context.size,
    isUnwanted: ({ event }) =>
      event.type === 'peer.cancelled' && (event.reason === 'declined' || event.reason === 'cancelled'),
  },
  actions: {
    setOffered: assign({ isOffered: true }),
    clearOffered: assign({ isOffered: false }),
    openContent: enqueueActions(({ context: { side }, enqueue }) => {
      enqueue.spawnChild('content', { id: 'content', input: { side } })
    }),
    send: sendTo('content', ({ event }) => {
      assertEvent(event, 'peer.accepted')
      return { type: 'send', offset: event.offset } as const
    }),
    pause: sendTo('content', { type: 'pause' }),
    verify: sendTo('content', ({ event }) => {
      assertEvent(event, 'peer.ended')
      return { type: 'verify', sha256: event.sha256 } as const
    }),
    closeContent: enqueueActions(({ enqueue }) => enqueue.stopChild('content')),
    offer: emit({ type: 'offer.due' }),
    accept: emit({ type: 'accept.due' }),
    end: emit(({ event }) => {
      assertEvent(event, 'content.sent')
      return { type: 'end.due', sha256: event.sha256 } as const
    }),
    confirm: emit({ type: 'stored.due' }),
    decline: enqueueActions(({ enqueue }) => {
      enqueue.assign({ reason: 'declined' })
      enqueue.emit({ type: 'cancel.due', reason: 'declined' })
    }),
    cancel: enqueueActions(({ enqueue }) => {
      enqueue.assign({ reason: 'cancelled' })
      enqueue.emit({ type: 'cancel.due', reason: 'cancelled' })
    }),
    rejectOffset: enqueueActions(({ enqueue }) => {
      enqueue.assign({ reason: 'mismatch' })
      enqueue.emit({ type: 'cancel.due', reason: 'mismatch' })
    }),
    fail: enqueueActions(({ event, enqueue }) => {
      assertEvent(event, 'content.failed')
      enqueue.assign({ reason: event.reason })
      enqueue.emit({ type: 'cancel.due', reason: event.reason })
    }),
    endByPeer: assign(({ event }) => {
      assertEvent(event, 'peer.cancelled')
      return { reason: event.reason, isEndedByPeer: true }
    }),
    endByReload: assign({ reason: 'reloaded', isEndedByPeer: true }),
  },
}).createMachine({
  id: 'transfer',
  description: 'One end of the transfer of one file over the data channel.',
  meta: { events: transferEventDescriptions },
  context: ({ input }) => ({ ...input, reason: null, isEndedByPeer: false }),
  initial: 'offered',
  states: {
    offered: {
      description: 'The sender offers the file. The receiver hasn’t decided yet.',
      on: {
        'channel.opened': { guard: 'isSender', actions: ['setOffered', 'offer'] },
        'peer.accepted': [
          { guard: and(['isSender', 'isOffsetInside']), target: 'transferring', actions: ['openContent', 'send'] },
          { guard: 'isSender', target: 'failed', actions: 'rejectOffset' },
        ],
        'user.accepted': { guard: 'isReceiver', target: 'preparing', actions: 'openContent' },
        'user.cancelled': [
          { guard: 'isReceiver', target: 'cancelled', actions: 'decline' },
          { target: 'cancelled', actions: 'cancel' },
        ],
        'peer.forgot': { guard: 'isReceiver', target: 'failed', actions: 'endByReload' },
      },
    },
    preparing: {
      description: 'The receiver opens its storage.',
      on: {
        'storage.opened': [{ guard: 'isOffered', target: 'transferring', actions: 'accept' }, { target: 'paused' }],
        'peer.forgot': { target: 'failed', actions: 'endByReload' },
      },
    },
    transferring: {
      description: 'The bytes of the file are on their way.',
      on: {
        'channel.closed': { target: 'paused', actions: ['clearOffered', 'pause'] },
        'content.sent': { target: 'checking', actions: 'end' },
        'peer.ended': { guard: 'isReceiver', target: 'checking', actions: 'verify' },
      },
    },
    paused: {
      description: 'The channel is closed, or the sender hasn’t offered the file again yet.',
      on: {
        'channel.opened': { guard: 'isSender', actions: ['setOffered', 'offer'] },
        'peer.offered': { guard: 'isReceiver', target: 'transferring', actions: ['setOffered', 'accept'] },
        'peer.accepted': [
          { guard: and(['isSender', 'isOffsetInside']), target: 'transferring', actions: 'send' },
          { guard: 'isSender', target: 'failed', actions: 'rejectOffset' },
        ],
        'peer.stored': { guard: 'isSender', target: 'stored' },
        'peer.forgot': { guard: 'isReceiver', target: 'failed', actions: 'endByReload' },
      },
    },
    checking: {
      description: 'The receiver has all bytes and compares the hash.',
      on: {
        'channel.closed': [
          { guard: 'isSender', target: 'paused', actions: 'clearOffered' },
          { actions: 'clearOffered' },
        ],
        'content.verified': { target: 'stored', actions: 'confirm' },
        'peer.stored': { guard: 'isSender', target: 'stored' },
      },
    },
    stored: { description: 'The receiver has the whole file.', type: 'final', entry: 'closeContent' },
    cancelled: { description: 'One of the two people did not want the file.', type: 'final', entry: 'closeContent' },
    failed: { description: 'The file could not be transferred.', type: 'final', entry: 'closeContent' },
  },
  on: {
    'channel.closed': { actions: 'clearOffered' },
    'peer.offered': { guard: 'isReceiver', actions: 'setOffered' },
    'user.cancelled': { target: '.cancelled', actions: 'cancel' },
    'peer.cancelled': [
      { guard: 'isUnwanted', target: '.cancelled', actions: 'endByPeer' },
      { target: '.failed', actions: 'endByPeer' },
    ],
    'content.failed': { target: '.failed', actions: 'fail' },
  },
})
