declare module 'virtual:drawings' {
  import type { Drawings } from './drawings.ts'

  export const drawings: Drawings
}
