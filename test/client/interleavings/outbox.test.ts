import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { Outbox, type Send } from '../../../client/signaling/outbox.ts'
import type { Code } from '../../../machines/protocol/messages.ts'
import { complaint, judge, type Law, unroll } from './judge.ts'
import { codeOf, type Letter, messageOf, Post } from './post.ts'

type Step = { do: 'say'; isBad: boolean } | { do: 'lose' | 'return' | 'settle' } | { do: 'refuse'; code: Code } | { do: 'wait'; milliseconds: number }

const plainSteps: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'say', isBad: false }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'lose' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'return' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'settle' }) },
  { weight: 2, arbitrary: fc.constantFrom<Code>('throttled', 'unavailable', 'internal').map((code): Step => ({ do: 'refuse', code })) },
  { weight: 2, arbitrary: fc.constantFrom(100, 500).map((milliseconds): Step => ({ do: 'wait', milliseconds })) },
]
const bad: fc.WeightedArbitrary<Step> = { weight: 1, arbitrary: fc.constant<Step>({ do: 'say', isBad: true }) }

interface Story { isOrderly: boolean; steps: Step[] }

/** Numbers move up when one is dropped: that this repeats nothing rests on letters that arrive as they were sent. */
const story: fc.Arbitrary<Story> = fc.oneof(
  fc.record({ isOrderly: fc.constant(true), steps: fc.array(fc.oneof(...plainSteps, bad), { maxLength: 25 }) }),
  fc.record({ isOrderly: fc.constant(false), steps: fc.array(fc.oneof(...plainSteps), { maxLength: 25 }) }),
)

/** One who speaks, and whoever listens. */
class Talk {
  readonly said: Letter[] = []
  readonly onLost = vi.fn()
  readonly outbox: Outbox
  readonly post: Post

  constructor(scheduler: fc.Scheduler, isOrderly: boolean, Subject: typeof Outbox) {
    this.post = new Post({ scheduler, isOrderly })
    this.outbox = new Subject(codeOf, this.onLost)
  }

  /** What of all that was said the server is to hear. */
  get due(): number[] {
    return this.said.filter(({ isBad }) => !isBad).map(({ label }) => label)
  }

  carryOut(step: Step): void {
    if (step.do === 'say') this.#say(step.isBad)
    else if (step.do === 'refuse') this.post.refusal = step.code
    else if (step.do === 'wait') vi.advanceTimersByTime(step.milliseconds)
    else if (step.do === 'settle') this.#promise()
    else if (step.do === 'return') this.return()
    else if (this.post.isOpen) this.#lose()
  }

  return(): void {
    if (this.post.isOpen) return
    const { outbox, post } = this
    const send = post.open()
    outbox.open({ said: post.heard.length, resumed: true }, send)
  }

  expectOrder(): void {
    expect(this.post.complaints, this.post.complaints.join('; ')).toEqual([])
    expect(this.post.heard).toEqual(this.due.slice(0, this.post.heard.length))
    expect(this.outbox.size).toBeGreaterThanOrEqual(this.due.length - this.post.heard.length)
  }

  #say(isBad: boolean): void {
    const letter = { label: this.said.length + 1, isBad }
    this.said.push(letter)
    this.outbox.say(messageOf(letter))
  }

  #lose(): void {
    this.outbox.close()
    this.post.lose()
  }

  #promise(): void {
    const due = this.due.length
    void this.outbox.settled().then(() => expect(this.post.heard.length).toBeGreaterThanOrEqual(due))
  }
}

const law = (Subject: typeof Outbox): Law<Story> => async (scheduler, { isOrderly, steps }) => {
  const talk = new Talk(scheduler, isOrderly, Subject)
  const { outbox, post, onLost } = talk
  talk.return()
  scheduler.scheduleSequence(steps.map((step) => ({ label: JSON.stringify(step), builder: async () => talk.carryOut(step) })))
  await unroll(scheduler, () => talk.expectOrder())

  talk.return()
  post.refusal = null
  for (let breath = 0; breath < 50 && outbox.size > 0; breath++) {
    await unroll(scheduler, () => talk.expectOrder())
    vi.advanceTimersByTime(500)
  }
  expect(outbox.size, 'it never was said').toBe(0)
  expect(post.heard).toEqual(talk.due)
  expect(onLost.mock.calls.length > 0).toBe(talk.said.some((letter) => letter.isBad))
  outbox.close()
  expect(vi.getTimerCount()).toBe(0)
}

test('whatever is refused, lost or late, the server hears each once and in order, and nothing is repeated without a reason', () =>
  judge(story, law(Outbox), 300))

class Talkative extends Outbox {
  override close(): void {
    // Goes on with a line that is closed.
  }
}

/** Takes the server's word for nothing: every line begins with what it kept, under the first number. */
class Forgetful extends Outbox {
  override open({ resumed }: { said: number; resumed: boolean }, send: Send): void {
    super.open({ said: 0, resumed }, send)
  }
}

class Impatient extends Outbox {
  override open(seat: { said: number; resumed: boolean }, send: Send): void {
    super.open(seat, (n, message) => {
      void send(n, message).catch(() => undefined)
      return send(n, message)
    })
  }
}

test.each([
  ['speaks over a closed line', Talkative, /closed line/],
  ['loses count', Forgetful, /./],
  ['says everything twice', Impatient, /without a reason/],
] as const)('an outbox that %s is found out', async (_, Subject, why) => {
  expect(await complaint(story, law(Subject as typeof Outbox))).toMatch(why)
})
