import type { Scope } from './scope.ts'
import type { Table } from './table.ts'

/** What a benchmark found: for people, and for programs (written as JSON). */
export interface BenchReport {
  tables: Table[]
  data: object
  /** What falls short, should it judge: then the exit code is 1. */
  failures?: readonly string[]
}

export interface BenchOptions {
  /** Fewer or more rounds than a benchmark's own; `--rounds N`. */
  rounds?: number
  /** Only the cases whose name contains this; `--only TEXT`. */
  only?: string
  /** How long to go on, for one that goes on; `--minutes N`. */
  minutes?: number
  /** What chance begins with; `--seed N`. */
  seed?: number
}

export interface Benchmark {
  /** One line for the list. */
  summary: string
  /** After so long it is stopped, whatever it does. */
  limitMinutes: number
  run(scope: Scope, options: BenchOptions): Promise<BenchReport>
}
