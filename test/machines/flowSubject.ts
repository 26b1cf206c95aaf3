import { expect, vi } from 'vitest'
import type { Act, FlowSnapshot, Looks, Place } from './flow.ts'
import { looksOf, peopleIn, placeOf } from './flow.ts'
import type { Name } from './flow.table.ts'
import { wayTo } from './graph.ts'
import type { Walk, Walks } from './walks.ts'

/** A system that can follow the walks of flow.ts. */
export interface FlowSubject {
  begin(): Promise<void>
  /** A person takes an action in the place that the model gives. */
  take(who: Name, act: Act, from: Place): Promise<void>
  /** The grace period of all absent people passes. */
  pass(): Promise<void>
  /** The state that the pages show now, as far as this subject has pages. */
  state(model: FlowSnapshot): Promise<PartialLooks>
  /** Resolves when all messages and their answers have arrived. Absent where the state is always final. */
  settle?(): Promise<void>
  end(): Promise<void>
}

export type PartialLooks = Partial<Record<Name, Partial<NonNullable<Looks[Name]>> | null>>

/** Time for a subject to reach the model's state, in ms, on a busy machine. */
interface PollOptions {
  timeout: number
  interval: number
}

/** Takes every step of the walk, and waits each time until the subject's state matches the model. */
export async function followWalk(walk: Walk, subject: FlowSubject, pollOptions: PollOptions): Promise<void> {
  await subject.begin()
  try {
    for (const step of walk) {
      const {
        before,
        event: { type },
        after,
      } = step
      const [who, act] = type.split('.') as [Name, Act]
      try {
        await (type === 'grace.passes' ? subject.pass() : subject.take(who, act, placeOf(before, who)))
        await waitForModelState(subject, after, pollOptions)
      } catch (cause) {
        throw new Error(`after these steps\n${wayTo(step).split('\n').slice(-12).join('\n')}`, { cause })
      }
    }
  } finally {
    await subject.end()
  }
}

/** A state may match only because an event has not arrived yet, so it must still match after settling. */
async function waitForModelState(subject: FlowSubject, model: FlowSnapshot, pollOptions: PollOptions): Promise<void> {
  const wanted = looksOf(model)
  const look = async (): Promise<void> => expect(wanted).toMatchObject(await subject.state(model))
  await vi.waitFor(async () => {
    await look()
    await subject.settle?.()
    await look()
  }, pollOptions)
}

/** The title, the walk and the people of each walk. */
export const titled = (flows: Record<string, Walks>): [title: string, walk: Walk, people: Name[]][] =>
  Object.entries(flows).flatMap(([name, { walks }]) =>
    walks.map((walk, n): [string, Walk, Name[]] => [
      `${name}, walk ${n + 1} of ${walk.length} steps`,
      walk,
      walk[0] ? peopleIn(walk[0].before) : [],
    ]),
  )
