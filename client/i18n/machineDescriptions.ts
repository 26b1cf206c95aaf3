import { descriptions as en } from 'virtual:descriptions'
import type { MachineName } from '../../machines/protocol/traceEntry.ts'
import type { MachineDescriptions } from '../../machines/statechart.ts'
import { texts, type Texts } from './texts.ts'

export type AllDescriptions = Record<MachineName, MachineDescriptions>

/** Loaded with the pages that show them. Same languages as `texts.ts`. */
const languages: Partial<Record<Texts['language'], AllDescriptions>> = { en }

/** The meaning of every machine, state and event. */
export const machineDescriptions: AllDescriptions = languages[texts.language] ?? en
