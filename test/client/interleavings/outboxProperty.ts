import fc from 'fast-check'
import { expect, vi } from 'vitest'
import type { Outbox } from '../../../client/signaling/outbox.ts'
import type { ErrorCode } from '../../../machines/protocol/messages.ts'
import { type Property, runScheduled } from './interleavingProperty.ts'
import { parseErrorCode, type LabeledMessage, encodeMessage, FakeMessageServer } from './fakeMessageServer.ts'

type Step =
  | { do: 'send'; isBad: boolean }
  | { do: 'close connection' | 'reconnect' | 'expect settled' }
  | { do: 'reject'; code: ErrorCode }
  | { do: 'pass time'; milliseconds: number }

const plainSteps: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'send', isBad: false }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'close connection' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'reconnect' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'expect settled' }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<ErrorCode>('throttled', 'unavailable', 'internal')
      .map((code): Step => ({ do: 'reject', code })),
  },
  { weight: 2, arbitrary: fc.constantFrom(100, 500).map((milliseconds): Step => ({ do: 'pass time', milliseconds })) },
]
const bad: fc.WeightedArbitrary<Step> = { weight: 1, arbitrary: fc.constant<Step>({ do: 'send', isBad: true }) }

interface Scenario {
  isOrderly: boolean
  steps: Step[]
}

/** Dropped messages shift the numbers. This repeats nothing only if messages arrive in order. */
export const outboxScenarios: fc.Arbitrary<Scenario> = fc.oneof(
  fc.record({ isOrderly: fc.constant(true), steps: fc.array(fc.oneof(...plainSteps, bad), { maxLength: 25 }) }),
  fc.record({ isOrderly: fc.constant(false), steps: fc.array(fc.oneof(...plainSteps), { maxLength: 25 }) }),
)

/** An outbox and its server. */
class OutboxHarness {
  readonly sent: LabeledMessage[] = []
  readonly onLost = vi.fn()
  readonly outbox: Outbox
  readonly server: FakeMessageServer

  constructor(scheduler: fc.Scheduler, isOrderly: boolean, Subject: typeof Outbox, Server: typeof FakeMessageServer) {
    this.server = new Server({ scheduler, isOrderly })
    this.outbox = new Subject(parseErrorCode, this.onLost)
  }

  /** The labels that the server must receive. */
  get expectedLabels(): number[] {
    return this.sent.filter(({ isBad }) => !isBad).map(({ label }) => label)
  }

  carryOut(step: Step): void {
    if (step.do === 'send') this.#send(step.isBad)
    else if (step.do === 'reject') this.server.pendingError = step.code
    else if (step.do === 'pass time') vi.advanceTimersByTime(step.milliseconds)
    else if (step.do === 'expect settled') this.#expectSettled()
    else if (step.do === 'reconnect') this.reconnect()
    else if (this.server.isOpen) this.#closeConnection()
  }

  reconnect(): void {
    if (this.server.isOpen) return
    const { outbox, server } = this
    const send = server.open()
    outbox.open({ acked: server.received.length, resumed: true }, send)
  }

  expectOrder(): void {
    expect(this.server.violations, this.server.violations.join('; ')).toEqual([])
    expect(this.server.received).toEqual(this.expectedLabels.slice(0, this.server.received.length))
    expect(this.outbox.size).toBeGreaterThanOrEqual(this.expectedLabels.length - this.server.received.length)
  }

  #send(isBad: boolean): void {
    const labeled = { label: this.sent.length + 1, isBad }
    this.sent.push(labeled)
    this.outbox.send(encodeMessage(labeled))
  }

  #closeConnection(): void {
    this.outbox.close()
    this.server.closeConnection()
  }

  #expectSettled(): void {
    const due = this.expectedLabels.length
    void this.outbox.whenEmpty().then(() => expect(this.server.received.length).toBeGreaterThanOrEqual(due))
  }
}

export const checkOutbox =
  (Subject: typeof Outbox, Server = FakeMessageServer): Property<Scenario> =>
  async (scheduler, { isOrderly, steps }) => {
    const harness = new OutboxHarness(scheduler, isOrderly, Subject, Server)
    const { outbox, server, onLost } = harness
    harness.reconnect()
    scheduler.scheduleSequence(
      steps.map((step) => ({ label: JSON.stringify(step), builder: async () => harness.carryOut(step) })),
    )
    await runScheduled(scheduler, () => harness.expectOrder())

    harness.reconnect()
    server.pendingError = null
    for (let breath = 0; breath < 50 && outbox.size > 0; breath++) {
      await runScheduled(scheduler, () => harness.expectOrder())
      vi.advanceTimersByTime(500)
    }
    expect(outbox.size, 'unacknowledged messages').toBe(0)
    expect(server.received).toEqual(harness.expectedLabels)
    expect(onLost.mock.calls.length > 0).toBe(harness.sent.some((labeled) => labeled.isBad))
    outbox.close()
    expect(vi.getTimerCount()).toBe(0)
  }
