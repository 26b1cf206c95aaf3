import { expect, vi } from 'vitest'
import type { Act, FlowSnapshot, Looks, Place } from './flow.ts'
import { looksOf, peopleIn, placeOf } from './flow.ts'
import type { Name } from './flow.table.ts'
import { wayTo } from './graph.ts'
import type { Walk, Walks } from './walks.ts'

/** What can be led along the paths of flow.ts. */
export interface FlowSubject {
  begin(): Promise<void>
  /** A person does something, from where the model says that they are. */
  take(who: Name, act: Act, from: Place): Promise<void>
  /** So much time passes that no seat is kept any more for those who are not there. */
  pass(): Promise<void>
  /** What the pages say now, as far as this subject has pages. */
  state(model: FlowSnapshot): Promise<PartialLooks>
  /** Resolves when all that was said has arrived, and all that was answered. Where that is never in doubt there is none. */
  settle?(): Promise<void>
  end(): Promise<void>
}

export type PartialLooks = Partial<Record<Name, Partial<NonNullable<Looks[Name]>> | null>>

/** How long a subject may take to come to what the model says, in milliseconds: this is for a busy machine. */
interface PollOptions {
  timeout: number
  interval: number
}

/** After every step the subject comes to the model's state, in all that it says of itself. */
export async function followWalk(walk: Walk, subject: FlowSubject, patience: PollOptions): Promise<void> {
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
        await waitForModelState(subject, after, patience)
      } catch (cause) {
        throw new Error(`on the way\n${wayTo(step).split('\n').slice(-12).join('\n')}`, { cause })
      }
    }
  } finally {
    await subject.end()
  }
}

/** States may be as they were because nobody has heard yet: they have to be the same when everybody has. */
async function waitForModelState(subject: FlowSubject, model: FlowSnapshot, patience: PollOptions): Promise<void> {
  const wanted = looksOf(model)
  const look = async (): Promise<void> => expect(wanted).toMatchObject(await subject.state(model))
  await vi.waitFor(async () => {
    await look()
    await subject.settle?.()
    await look()
  }, patience)
}

/** A name for each walk, and who is on it. */
export const titled = (flows: Record<string, Walks>): [title: string, walk: Walk, people: Name[]][] =>
  Object.entries(flows).flatMap(([name, { walks }]) =>
    walks.map((walk, n): [string, Walk, Name[]] => [
      `${name}, walk ${n + 1} of ${walk.length} steps`,
      walk,
      walk[0] ? peopleIn(walk[0].before) : [],
    ]),
  )
