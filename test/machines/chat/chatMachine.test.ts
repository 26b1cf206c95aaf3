import { createActor } from 'xstate'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ChatEffect, ChatEvent, OutgoingText } from '../../../machines/chat/chatEvents.ts'
import { chatMachine, createEmptyChat } from '../../../machines/chat/chatMachine.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { everyStep, type Invariants, type Step, wayTo } from '../graph.ts'
import { exploration } from './chatMachine.graph.ts'

type Machine = typeof chatMachine
type ChatStep = Step<Machine>

const textsOf = (effects: readonly ChatEffect[]): OutgoingText[] =>
  effects.flatMap((effect) => (effect.type === 'texts.outgoing' ? effect.texts : []))
const seqs = (outbox: readonly OutgoingText[]): number[] => outbox.map(({ seq }) => seq)
const isIncreasing = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1)

const invariants: Invariants<Machine> = {
  'texts are sent only over an open channel, in order, and none is sent twice over one channel': ({
    before,
    after,
    effects,
  }) => {
    const sent = seqs(textsOf(effects))
    if (sent.length === 0) return true
    const isSameChannel = before.matches('open')
    return after.matches('open') && isIncreasing(sent) && (!isSameChannel || sent[0]! > before.context.channelSeq)
  },
  'a text waits until the peer acknowledges it, or another chat replaces it': ({ before, event, after }) => {
    const gone = before.context.outbox.filter((text) => !after.context.outbox.includes(text))
    if (event.type === 'ack.received') return gone.every(({ seq }) => seq <= event.seq)
    if (event.type === 'hello.received')
      return gone.every(({ seq }) => event.received?.stay === before.context.stay && seq <= event.received.seq)
    return gone.length === 0 || event.type === 'chat.cleared' || event.type === 'chat.handedOver'
  },
  'the outbox has the newest numbers of the stay without a gap': ({ after: { context } }) =>
    context.outbox.length === 0 ||
    (isIncreasing(seqs(context.outbox)) && context.outbox.at(-1)!.seq === context.sentSeq),
  'a text of the peer is shown once, and each shown or repeated one is acknowledged': ({
    before,
    event,
    after,
    effects,
  }) => {
    if (event.type !== 'text.received') return effects.every(({ type }) => type !== 'text.arrived')
    const { receivedSeq } = before.context
    const isNew = before.matches('open') && event.seq > receivedSeq
    const isRepeated = before.matches('open') && event.seq <= receivedSeq
    return (
      effects.some(({ type }) => type === 'text.arrived') === isNew &&
      effects.some(({ type }) => type === 'ack.outgoing') === (isNew || isRepeated) &&
      after.context.receivedSeq === (isNew ? event.seq : receivedSeq)
    )
  },
  'each channel begins with a hello': ({ event, after, effects }) =>
    effects.some(({ type }) => type === 'hello.outgoing') === (event.type === 'channel.opened') &&
    (event.type !== 'channel.opened' || after.matches('greeting')),
  'a cleared chat has no text of either person, and another stay': ({ event, after: { context } }) =>
    event.type !== 'chat.cleared' ||
    (context.entries.length === 0 && context.outbox.length === 0 && context.stay === event.stay && !context.isOffered),
  'the chat of another tab replaces this one, and waits for a channel': ({ event, after }) =>
    event.type !== 'chat.handedOver' ||
    (after.matches('closed') &&
      after.context.entries === event.chat.entries &&
      after.context.outbox === event.chat.outbox &&
      after.context.channelSeq === 0),
  'texts are unread only while the panel is hidden': ({ after: { context } }) =>
    !context.isPanelShown || context.unreadCount === 0,
  'a flooded channel is closed once, and carries nothing': ({ before, after, effects }) =>
    !after.matches('flooded') ||
    (before.matches('flooded') ? effects.length === 0 : effects.every(({ type }) => type === 'channel.rejected')),
}

describe('the chat', () => {
  let all: ChatStep[]
  beforeAll(() => {
    all = [...everyStep(chatMachine, exploration)]
  })

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = all.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })

  test('the exploration reaches every state', () => {
    expect(new Set(all.map(({ after }) => after.value))).toEqual(new Set(['closed', 'greeting', 'open', 'flooded']))
  })
})

/** An open chat; `effects` collects the emitted events. */
function openChat() {
  const actor = createActor(chatMachine, { input: createEmptyChat('own') })
  const effects: ChatEffect[] = []
  actor.on('*', (effect) => void effects.push(effect))
  actor.start()
  const send = (...events: ChatEvent[]): void => events.forEach((event) => actor.send(event))
  send({ type: 'channel.opened' }, { type: 'hello.received', stay: 'peer', received: null })
  return { send, effects, context: () => actor.getSnapshot().context }
}
const receive = (seq: number, text = `text ${seq}`): ChatEvent => ({ type: 'text.received', seq, text, atMs: seq })
const say = (text: string): ChatEvent => ({ type: 'user.sent', text, atMs: 1 })

describe('the limits of the chat', () => {
  test('at most the newest texts are kept, and the others are counted', () => {
    const { send, context } = openChat()
    const count = 2_000
    for (let seq = 1; seq <= count; seq++) send(receive(seq))
    expect(context().entries).toHaveLength(contentLimits.chatKeptTexts)
    expect(context().entries.at(-1)?.text).toBe(`text ${count}`)
    expect(context().droppedCount).toBe(count - contentLimits.chatKeptTexts)
  })

  test('at most some characters are kept', () => {
    const { send, context } = openChat()
    for (let seq = 1; seq <= 100; seq++) send(receive(seq, 'x'.repeat(contentLimits.chatTextCharacters)))
    expect(context().entries).toHaveLength(contentLimits.chatKeptCharacters / contentLimits.chatTextCharacters)
  })

  test('few texts are unacknowledged, and the next follow the acknowledgements', () => {
    const { send, effects } = openChat()
    for (let n = 1; n <= 40; n++) send(say(`${n}`))
    expect(seqs(textsOf(effects)).at(-1)).toBe(contentLimits.chatUnacknowledgedTexts)
    send({ type: 'ack.received', seq: 10 })
    expect(seqs(textsOf(effects)).at(-1)).toBe(contentLimits.chatUnacknowledgedTexts + 10)
  })

  test('a text beyond the waiting ones is rejected', () => {
    const { send, context } = openChat()
    send({ type: 'channel.closed' })
    for (let n = 1; n <= contentLimits.chatWaitingTexts + 5; n++) send(say(`${n}`))
    expect(context().outbox).toHaveLength(contentLimits.chatWaitingTexts)
    expect(context().entries).toHaveLength(contentLimits.chatWaitingTexts)
  })
})

describe('a hello', () => {
  test('of the same peer sends what it lacks, and nothing else', () => {
    const { send, effects } = openChat()
    send(say('one'), say('two'), say('three'), { type: 'channel.closed' }, { type: 'channel.opened' })
    effects.length = 0
    send({ type: 'hello.received', stay: 'peer', received: { stay: 'own', seq: 2 } })
    expect(textsOf(effects).map(({ text }) => text)).toEqual(['three'])
  })

  test('of a new stay of the peer begins its numbers again', () => {
    const { send, context } = openChat()
    send(receive(1), receive(2), { type: 'channel.closed' }, { type: 'channel.opened' })
    send({ type: 'hello.received', stay: 'second', received: null }, receive(1, 'again'))
    expect(context().entries.map(({ text }) => text)).toEqual(['text 1', 'text 2', 'again'])
  })

  test('with a newer position than this page knows continues after it', () => {
    const { send, context, effects } = openChat()
    send({ type: 'channel.closed' }, { type: 'channel.opened' })
    send({ type: 'hello.received', stay: 'peer', received: { stay: 'own', seq: 9 } }, say('next'))
    expect(context().sentSeq).toBe(10)
    expect(textsOf(effects).map(({ seq }) => seq)).toEqual([10])
  })
})
