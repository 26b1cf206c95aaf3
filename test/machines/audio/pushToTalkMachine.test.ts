import { createActor, SimulatedClock } from 'xstate'
import { describe, expect, test } from 'vitest'
import { pushToTalkMachine, type PushToTalkEvent } from '../../../machines/audio/pushToTalkMachine.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { everyStep, type Invariants, wayTo } from '../graph.ts'
import { exploration, type TalkSnapshot } from './pushToTalkMachine.graph.ts'

const isTalking = (snapshot: TalkSnapshot): boolean => snapshot.matches('talking')

const invariants: Invariants<typeof pushToTalkMachine> = {
  'talking begins with a request to unmute, and ends with a request to mute': ({ before, after, effects }) =>
    effects.map(({ type }) => type).join() ===
    (isTalking(before) === isTalking(after) ? '' : isTalking(after) ? 'unmute.requested' : 'mute.requested'),
  'only a press of a muted microphone begins to talk': ({ before, event, after }) =>
    isTalking(before) || !isTalking(after) || (event.type === 'key.pressed' && event.isMuted),
  'nothing but a press keeps the microphone open after the focus is lost': ({ event, after }) =>
    event.type !== 'focus.lost' || !isTalking(after),
  'without the setting no key unmutes': ({ before, after }) => !before.matches('off') || !isTalking(after),
}

describe('the push-to-talk machine', () => {
  const steps = [...everyStep(pushToTalkMachine, exploration)]

  test.each(Object.entries(invariants))('%s', (_, holds) => {
    const broken = steps.find((step) => !holds(step))
    expect(broken && wayTo(broken)).toBeUndefined()
  })
})

describe('a held key', () => {
  function start() {
    const clock = new SimulatedClock()
    const actor = createActor(pushToTalkMachine, { clock }).start()
    const effects: string[] = []
    actor.on('*', ({ type }) => effects.push(type))
    const send = (event: PushToTalkEvent): void => actor.send(event)
    send({ type: 'setting.enabled' })
    send({ type: 'key.pressed', isMuted: true })
    return { send, effects, wait: (ms: number) => clock.increment(ms) }
  }

  test('unmutes until a moment after its release', () => {
    const { send, effects, wait } = start()
    wait(60_000)
    expect(effects).toEqual(['unmute.requested'])
    send({ type: 'key.released' })
    wait(timeouts.talkTailMs - 1)
    expect(effects).toEqual(['unmute.requested'])
    wait(1)
    expect(effects).toEqual(['unmute.requested', 'mute.requested'])
  })

  test('unmutes without a gap if it is pressed again at once', () => {
    const { send, effects, wait } = start()
    send({ type: 'key.released' })
    wait(timeouts.talkTailMs - 1)
    send({ type: 'key.pressed', isMuted: false })
    wait(60_000)
    expect(effects).toEqual(['unmute.requested'])
  })

  test.each(['focus.lost', 'setting.disabled'] as const)('mutes at once at %s', (type) => {
    const { send, effects } = start()
    send({ type })
    expect(effects).toEqual(['unmute.requested', 'mute.requested'])
  })
})
