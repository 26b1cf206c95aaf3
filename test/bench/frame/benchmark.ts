import type { Scope } from './scope.ts'
import type { Table } from './table.ts'

/** What a benchmark found: for people, and for programs (written as JSON). */
export interface Report {
  tables: Table[]
  data: object
}

export interface BenchOptions {
  /** Fewer or more rounds than a benchmark's own; `--rounds N`. */
  rounds?: number
  /** Only the cases whose name contains this; `--only TEXT`. */
  only?: string
}

export interface Benchmark {
  /** One line for the list. */
  summary: string
  /** After so long it is stopped, whatever it does. */
  limitMinutes: number
  run(scope: Scope, options: BenchOptions): Promise<Report>
}
