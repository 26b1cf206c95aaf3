import type { AnyStateMachine } from 'xstate'
import { call } from '../../../machines/call/callMachine.ts'
import { chartOf } from '../../../machines/statechart.ts'
import { device } from '../../../machines/media/deviceMachine.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import { notice } from '../../../machines/status/statusBannerMachine.ts'
import { quality } from '../../../machines/status/qualityMachine.ts'
import { room } from '../../../machines/room/roomMachine.ts'
import { safety } from '../../../machines/verification/verificationMachine.ts'
import { visit } from '../../../machines/membership/membershipMachine.ts'
import { layOut, type Picture } from './layout.ts'
import { type Plan, planOf } from './edges.ts'

/** Runs where the product is built (vite.config.ts): a browser gets what comes out, as `virtual:drawings`. */

export const machines = { room, visit, link, call, safety, device, notice, quality } as const satisfies Record<string, AnyStateMachine>
export type MachineName = keyof typeof machines

export interface Drawing { plan: Plan; picture: Picture }
export type Drawings = Record<MachineName, Drawing>

export async function drawings(): Promise<Drawings> {
  const drawn = Object.entries<AnyStateMachine>(machines).map(async ([name, machine]) => [name, await draw(machine)] as const)
  return Object.fromEntries(await Promise.all(drawn)) as Drawings
}

export async function draw(machine: AnyStateMachine): Promise<Drawing> {
  const plan = planOf(chartOf(machine))
  return { plan, picture: await layOut(plan) }
}
