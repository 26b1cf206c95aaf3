import type { Scope } from './scope.ts'
import type { Table } from './table.ts'

/** The result of a benchmark: tables to print, and data to write as JSON. */
export interface BenchReport {
  tables: Table[]
  data: object
  /** Missed targets. With any, the exit code is 1. */
  failures?: readonly string[]
}

/** The command-line options. */
export interface BenchOptions {
  /** The number of rounds instead of the benchmark's default; `--rounds N`. */
  rounds?: number
  /** Only the cases whose name contains this; `--only TEXT`. */
  only?: string
  /** The duration, for benchmarks with one; `--minutes N`. */
  minutes?: number
  /** The random seed; `--seed N`. */
  seed?: number
}

/** A benchmark of `npm run bench -- NAME`. */
export interface Benchmark {
  /** One line for the list. */
  summary: string
  /** The lines of `npm run bench -- NAME --help`: options and cases. Without them, the general help is printed. */
  help?: readonly string[]
  /** Timeout in minutes, after which the benchmark is aborted. */
  limitMinutes: number
  run(scope: Scope, options: BenchOptions): Promise<BenchReport>
}
