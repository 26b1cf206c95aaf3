/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The unit of a value. A count and a text have none. */
export type Unit = 'port' | 'ports' | 'seconds' | 'percent' | 'bytes per second'

/**
 * One variable of the environment. Readers, `--help`, the READMEs and the errors use the same row.
 * Texts are Markdown: a value or a name stands in backticks.
 */
export interface SettingRow<T = unknown> {
  /** The heading above the setting. */
  readonly group: string
  readonly unit?: Unit
  /** The value without the variable. `parse` reads it like a value of the operator. */
  readonly default?: string
  /** Describes a default that more than this row decides. `readSetting` then returns undefined. */
  readonly defaultInWords?: string
  /** Checks and converts a value. @throws {Error} that describes a wrong value without the variable's name */
  readonly parse: (text: string) => T
  /** Plain sentences on one line. */
  readonly help: string
}

/** Settings by the name of their variable, in the order in which people read them. */
export type SettingsTable = Readonly<Record<string, SettingRow>>

/** The parsed value of a setting. It is undefined only for a row without `default`. */
export type SettingValue<Table extends SettingsTable, Name extends keyof Table> =
  ReturnType<Table[Name]['parse']> | (Table[Name] extends { readonly default: string } ? never : undefined)

/** Returns the table itself, with the exact type of each row. */
export const defineSettings = <const Table extends SettingsTable>(table: Table): Table => table

/** Returns the trimmed text of a variable. An empty one counts as absent. */
export const readSettingText = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

/**
 * Returns the parsed value of a variable, or of the row's default.
 * @throws {Error} with a one-line message that names the variable
 */
export function readSetting<Table extends SettingsTable, Name extends keyof Table & string>(
  table: Table,
  env: Environment,
  name: Name,
): SettingValue<Table, Name> {
  const row = table[name]!
  const text = readSettingText(env, name) ?? row.default
  const value = text === undefined ? undefined : withSettingName(name, () => row.parse(text))
  return value as SettingValue<Table, Name>
}

/** Runs an operation. @throws {Error} with the first line of its error, after the variable's name */
export function withSettingName<T>(name: string, operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message.split('\n')[0]}`, { cause: error })
  }
}

/**
 * Rejects the variables that begin with `prefix` and are not in the table.
 * @throws {Error} with a one-line message that names the variable, and the setting with a similar name
 */
export function rejectUnknownSettings(table: SettingsTable, env: Environment, prefix: string): void {
  const unknown = Object.keys(env).find((name) => name.startsWith(prefix) && !Object.hasOwn(table, name))
  if (unknown === undefined) return
  const similar = findSimilarName(unknown, Object.keys(table))
  throw new Error(`Unknown setting ${unknown}. ${similar ? `Did you mean ${similar}?` : '--help lists the settings.'}`)
}

/** More edits than this make another word, such as `USER` of `HOST`. */
const maxEdits = 3

/** Returns the name with the fewest edits: at most three, and at most one for each three letters. */
function findSimilarName(name: string, known: readonly string[]): string | undefined {
  const own = withoutPrefix(name)
  const nearest = known
    .map((candidate) => ({ candidate, edits: countEdits(own, withoutPrefix(candidate)) }))
    .reduce((best, next) => (next.edits < best.edits ? next : best))
  return nearest.edits <= Math.min(maxEdits, Math.ceil(own.length / 3)) ? nearest.candidate : undefined
}

/** `DUET_PORT` is then equal to `PORT`. */
const withoutPrefix = (name: string): string => name.replace(/^DUET_/, '')

/** Counts insertions, deletions, replacements and swaps of neighbors (optimal string alignment distance). */
function countEdits(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSwap = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      row[j] = Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1),
        isSwap ? rows[i - 2]![j - 2]! + 1 : Infinity,
      )
    }
    rows.push(row)
  }
  return rows[from.length]![to.length]!
}
