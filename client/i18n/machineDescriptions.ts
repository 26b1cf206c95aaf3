import { descriptions } from 'virtual:descriptions'
import type { MachineName } from '../../machines/protocol/traceEntry.ts'
import type { MachineDescriptions } from '../../machines/statechart.ts'
import { partTexts } from './texts.ts'

export type AllDescriptions = Record<MachineName, MachineDescriptions>

/** The meaning of every machine, state and event. */
export const machineDescriptions: AllDescriptions = partTexts('machines', descriptions)
