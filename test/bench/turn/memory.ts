import { setTimeout as pause } from 'node:timers/promises'
import type { Scope } from '../frame/scope.ts'
import { Generator } from './generator.ts'
import { residentOf } from './process.ts'
import { startSubject, type ServerName } from './subject.ts'

/** Resident bytes of an allocation with a permission and a channel. */
export interface Weighed {
  subject: ServerName
  allocations: number
  bytes: number
}

/** What a server makes once is no allocation's. */
const first = 500
const more = 2_000
/** Until nothing more is on its way. */
const settleMs = 1_500

/** The process as it runs for its owner: nobody tells ours to collect. */
export const weigh = (scope: Scope, subject: ServerName): Promise<Weighed> => scope.within(async (inner) => {
  const target = await startSubject(inner, subject, { core: 0 })
  const generator = new Generator(inner, 1)
  const residentWith = async (count: number): Promise<number> => {
    await generator.ask('crowd', target, { count })
    await pause(settleMs)
    return residentOf(target.pid)
  }
  const before = await residentWith(first)
  return { subject, allocations: more, bytes: (await residentWith(more) - before) / more }
})
