declare module 'virtual:definitions' {
  import type { MachineName } from '../../../machines/protocol/traceEntry.ts'
  import type { MachineDefinition } from './definition.ts'

  export const definitions: Record<MachineName, MachineDefinition>
}
