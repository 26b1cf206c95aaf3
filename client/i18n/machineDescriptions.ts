import { descriptions as en } from 'virtual:descriptions'
import type { MachineName } from '../../machines/protocol/traceEntry.ts'
import type { MachineDescriptions } from '../../machines/statechart.ts'
import type { Language } from './language.ts'
import { texts } from './texts.ts'

export type AllDescriptions = Record<MachineName, MachineDescriptions>

/** Loaded with the pages that show them. */
const translations: Readonly<Record<Language, AllDescriptions>> = { en }

/** The meaning of every machine, state and event. */
export const machineDescriptions: AllDescriptions = translations[texts.language]
