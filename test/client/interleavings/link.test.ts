import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { enqueueActions } from 'xstate'
import { socketActor } from '../../../client/signaling/signalingActor.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import { complaint, judge, type Law, settle, unroll } from './judge.ts'
import { type Step, type Subject, Surfer } from './surfer.ts'

const one = <T extends Step>(weight: number, step: T): fc.WeightedArbitrary<Step> => ({ weight, arbitrary: fc.constant<Step>(step) })

const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 5, arbitrary: fc.boolean().map((isBack): Step => ({ do: 'enter', isBack })) },
  { weight: 4, arbitrary: fc.constantFrom('flowing' as const, 'stopped' as const).map((media): Step => ({ do: 'flow', media })) },
  { weight: 2, arbitrary: fc.constantFrom('open' as const, 'open' as const, 'refuse' as const, 'silence' as const).map((as): Step => ({ do: 'welcome', as })) },
  { weight: 6, arbitrary: fc.constantFrom(1, 300, 1_000, 4_000, 9_000).map((milliseconds): Step => ({ do: 'pass', milliseconds })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('throttle' as const, 'break' as const), calls: fc.integer({ min: 1, max: 3 }) }) },
  one(2, { do: 'release' }), one(2, { do: 'rejoin' }), one(1, { do: 'abandon' }), one(2, { do: 'return' }), one(1, { do: 'hide' }), one(3, { do: 'cut' }),
  one(2, { do: 'freeze' }), one(4, { do: 'say' }), one(4, { do: 'speak' }), one(1, { do: 'drain' }), one(1, { do: 'dispose' }),
)
const story = fc.array(step, { maxLength: 30 })

/** Longer than any wait of the link, the calls and the server, in seconds. */
const rest = 40

const law = (subject: Subject): Law<Step[]> => async (scheduler, steps) => {
  const surfer = new Surfer(scheduler, subject)
  const { house } = surfer
  const letPass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      house.pass(1_000)
      await settle()
      await unroll(scheduler, () => surfer.look())
    }
    surfer.expectRest()
  }
  try {
    scheduler.scheduleSequence(steps.map((each) => ({ label: JSON.stringify(each), builder: () => surfer.carryOut(each) })))
    await unroll(scheduler, () => surfer.look())
    house.heal()
    await letPass(rest)
    // A line that looks well carries what is said.
    for (const each of ['say', 'speak'] as const) await surfer.carryOut({ do: each })
    await letPass(5)
    if (!surfer.isDisposed) surfer.dispose()
    await letPass(15)
    expect(vi.getTimerCount(), 'timers left').toBe(0)
  } finally {
    house.close()
    surfer.actor.stop()
  }
}

const real: Subject = { link, socketActor }

test('whatever the network, the server and the person do: one socket, each thing once, and in the end the seat', () =>
  judge(story, law(real), 150))

const keepOld = enqueueActions(({ enqueue }) => enqueue.spawnChild('socket' as never, { id: 'socket', input: { room: 'den' } } as never)) as never

/** Its actor is stopped, and does not care. */
const deaf: typeof socketActor = (parts) => {
  const logic = socketActor(parts)
  return {
    ...logic,
    transition: (state, event, scope) =>
      ((event.type as string) === 'xstate.stop' ? { ...state, status: 'stopped', error: undefined } as never : logic.transition(state, event, scope)),
  }
}

test.each<[string, Partial<Subject>, RegExp]>([
  ['does not abandon the old socket', { link: link.provide({ actions: { open: keepOld, close: () => undefined } }) as typeof link }, /sockets live/],
  ['forgets how far it has read', { link: link.provide({ actions: { notePosition: () => undefined } }) as typeof link }, /news: once each|position/],
  ['does not try again', { link: link.provide({ delays: { pause: 100_000_000 } }) as typeof link }, /seated|online/],
  ['keeps its reports to itself', { link: link.provide({ actions: { report: () => undefined } }) as typeof link }, /reported/],
  ['cannot be stopped', { socketActor: deaf }, /live/],
])('a link that %s is found out', async (_, fault, why) => {
  expect(await complaint(story, law({ ...real, ...fault }))).toMatch(why)
})
