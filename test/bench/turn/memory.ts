import { setTimeout as pause } from 'node:timers/promises'
import type { Scope } from '../harness/scope.ts'
import { Generator } from './generator.ts'
import { readResidentBytes } from './processUsage.ts'
import type { Server, ServerName } from './servers/server.ts'

/** Resident bytes of an allocation with a permission and a channel. */
export interface MemoryResult {
  subject: ServerName
  allocations: number
  bytesPerAllocation: number
}

/** Allocations before the measurement, so that one-time memory of the server does not count. */
const baselineAllocations = 500
const addedAllocations = 2_000
/** Time for pending packets to arrive. */
const settleMs = 1_000

/** Measures the process as in production, without a forced garbage collection. */
export const measureMemory = (scope: Scope, server: Server): Promise<MemoryResult> =>
  scope.within(async (inner) => {
    const target = await server.start(inner, { cpuCore: 0 })
    const generator = new Generator(inner, 1)
    const residentWith = async (count: number): Promise<number> => {
      await generator.run('holdAllocations', target, { count })
      await pause(settleMs)
      return readResidentBytes(target.pid)
    }
    const before = await residentWith(baselineAllocations)
    return {
      subject: server.name,
      allocations: addedAllocations,
      bytesPerAllocation: ((await residentWith(addedAllocations)) - before) / addedAllocations,
    }
  })
