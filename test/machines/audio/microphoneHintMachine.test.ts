import { createActor, SimulatedClock } from 'xstate'
import { describe, expect, test } from 'vitest'
import { microphoneHintMachine, type MicrophoneHintEvent } from '../../../machines/audio/microphoneHintMachine.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { everyStep, type Invariants, wayTo } from '../graph.ts'
import { exploration, type HintSnapshot } from './microphoneHintMachine.graph.ts'

const hintOf = (snapshot: HintSnapshot): string | null => [...snapshot.tags][0] ?? null
const isDelay = (event: { type: string }): boolean => event.type.startsWith('xstate.after.')

const invariants: Invariants<typeof microphoneHintMachine> = {
  'a hint appears only after a delay': ({ before, event, after }) =>
    hintOf(after) === null || hintOf(after) === hintOf(before) || isDelay(event),
  'the hint about a muted microphone is shown only while it is muted': ({ after }) =>
    hintOf(after) !== 'muted' || after.matches('muted'),
  'the hint about a silent microphone is shown only while it is unmuted': ({ after }) =>
    hintOf(after) !== 'silent' || after.matches('unmuted'),
  'a hint ends when the user closes it': ({ event, after }) =>
    event.type !== 'user.dismissed' || hintOf(after) === null,
  'sound ends the hint about silence': ({ event, after }) =>
    event.type !== 'silence.ended' || hintOf(after) !== 'silent',
  'a closed microphone shows no hint, and its history is forgotten': ({ event, after }) =>
    event.type !== 'microphone.closed' ||
    (after.matches('inactive') && !after.context.hasDelivered && !after.context.isSilenceDismissed),
  'a silence that the user dismissed shows no hint for the same microphone': ({ before, after }) =>
    !before.context.isSilenceDismissed || hintOf(after) !== 'silent',
}

describe('the microphone hint machine', () => {
  const steps = [...everyStep(microphoneHintMachine, exploration)]

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

/** Runs a machine on a simulated clock. */
function start(...events: MicrophoneHintEvent['type'][]) {
  const clock = new SimulatedClock()
  const actor = createActor(microphoneHintMachine, { clock }).start()
  const send = (...types: MicrophoneHintEvent['type'][]): void => types.forEach((type) => actor.send({ type }))
  send(...events)
  return { send, wait: (ms: number) => clock.increment(ms), hint: () => hintOf(actor.getSnapshot()) }
}

describe('speech into a muted microphone', () => {
  test('shows a hint after 0.6 s, until six seconds after its end', () => {
    const { send, wait, hint } = start('microphone.muted', 'speech.started')
    wait(timeouts.mutedSpeechMs - 1)
    expect(hint()).toBeNull()
    wait(1)
    expect(hint()).toBe('muted')
    send('speech.ended')
    wait(timeouts.mutedHintEndMs - 1)
    expect(hint()).toBe('muted')
    send('speech.started', 'speech.ended')
    wait(timeouts.mutedHintEndMs - 1)
    expect(hint()).toBe('muted')
    wait(1)
    expect(hint()).toBeNull()
  })

  test('shows no hint if it is as short as a cough', () => {
    const { send, wait, hint } = start('microphone.muted', 'speech.started')
    wait(timeouts.mutedSpeechMs - 1)
    send('speech.ended')
    wait(60_000)
    expect(hint()).toBeNull()
  })

  test('shows no second hint in the minute after the user closed it', () => {
    const { send, wait, hint } = start('microphone.muted', 'speech.started')
    wait(timeouts.mutedSpeechMs)
    send('user.dismissed', 'speech.ended', 'speech.started')
    wait(timeouts.mutedHintPauseMs - 1)
    expect(hint()).toBeNull()
    send('speech.ended')
    wait(1)
    send('speech.started')
    wait(timeouts.mutedSpeechMs)
    expect(hint()).toBe('muted')
  })

  test('ends its hint at once when the user unmutes', () => {
    const { send, wait, hint } = start('microphone.muted', 'speech.started')
    wait(timeouts.mutedSpeechMs)
    send('microphone.unmuted')
    expect(hint()).toBeNull()
  })
})

describe('silence of an unmuted microphone', () => {
  test('shows a hint after 5 s before the first sound', () => {
    const { wait, hint } = start('microphone.unmuted', 'silence.started')
    wait(timeouts.silentMicrophoneMs - 1)
    expect(hint()).toBeNull()
    wait(1)
    expect(hint()).toBe('silent')
  })

  test.each(['unmuted', 'muted'] as const)('shows a hint after 30 s if there was sound while it was %s', (was) => {
    const { send, wait, hint } = start(`microphone.${was}`, 'silence.started', 'silence.ended')
    send('microphone.unmuted', 'silence.started')
    wait(timeouts.quietMicrophoneMs - 1)
    expect(hint()).toBeNull()
    wait(1)
    expect(hint()).toBe('silent')
    send('silence.ended')
    expect(hint()).toBeNull()
  })

  test('shows no hint again after the user closed it, until another microphone is open', () => {
    const { send, wait, hint } = start('microphone.unmuted', 'silence.started')
    wait(timeouts.silentMicrophoneMs)
    send('user.dismissed', 'microphone.muted', 'microphone.unmuted', 'silence.started')
    wait(600_000)
    expect(hint()).toBeNull()
    send('microphone.closed', 'microphone.unmuted', 'silence.started')
    wait(timeouts.silentMicrophoneMs)
    expect(hint()).toBe('silent')
  })
})
