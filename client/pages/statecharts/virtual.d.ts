declare module 'virtual:drawings' {
  import type { Drawings } from './drawings.ts'

  export const drawings: Drawings
}

declare module 'virtual:sources' {
  import type { Sources } from './source/machineSource.ts'

  export const sources: Sources
}
