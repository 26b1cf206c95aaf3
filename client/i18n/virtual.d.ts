declare module 'virtual:descriptions' {
  import type { AllDescriptions } from './machineDescriptions.ts'

  /** English, from `machines/`. */
  export const descriptions: AllDescriptions
}
