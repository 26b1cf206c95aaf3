import type { SettingRow, SettingsTable } from './settings.ts'

type Entry = readonly [name: string, row: SettingRow]

/**
 * Formats the settings for a terminal: a heading for each group, then one entry for each setting.
 * @param columns maximum length of a line; by default that of the terminal, at most 100
 */
export function formatSettingsHelp(table: SettingsTable, columns = terminalColumns()): string {
  const nameWidth = Math.max(...Object.keys(table).map((name) => name.length))
  const indent = ' '.repeat(nameWidth + 4)
  return groupSettings(table)
    .map(([group, entries]) => {
      const lines = entries.flatMap(([name, row]) => {
        const [first = '', ...more] = wrapRow(row, columns - indent.length)
        return [`  ${name.padEnd(nameWidth)}  ${first}`, ...more.map((line) => indent + line)]
      })
      return [`${group}:`, ...lines].join('\n')
    })
    .join('\n\n')
}

const terminalColumns = (): number => Math.min(100, Math.max(60, process.stdout.columns || 100))

/** Formats the settings as Markdown: a heading of level three and a table for each group. */
export const formatSettingsTable = (table: SettingsTable): string =>
  groupSettings(table)
    .map(([group, entries]) =>
      [
        `### ${group}`,
        '| name | default | unit | meaning |',
        '|---|---|---|---|',
        ...entries.map(([name, row]) =>
          formatTableRow([`\`${name}\``, describeDefault(row) ?? '–', row.unit ?? '', row.help]),
        ),
      ].join('\n'),
    )
    .join('\n\n')

const formatTableRow = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** Groups in the order of their first setting. */
function groupSettings(table: SettingsTable): [group: string, entries: Entry[]][] {
  const groups = new Map<string, Entry[]>()
  for (const entry of Object.entries(table)) groups.set(entry[1].group, [...(groups.get(entry[1].group) ?? []), entry])
  return [...groups]
}

const describeDefault = (row: SettingRow): string | undefined =>
  row.default === undefined ? row.defaultInWords : `\`${row.default}\``

/** `UDP and TCP. [port; default: 3478]`, in lines of at most `width` characters. */
function wrapRow(row: SettingRow, width: number): string[] {
  const defaultText = describeDefault(row)
  const facts = [row.unit, defaultText && `default: ${defaultText}`].filter((fact) => fact !== undefined).join('; ')
  const suffix = facts && `[${facts}]`
  return wrapPieces([...splitWords(row.help), ...(suffix.length <= width ? [suffix] : splitWords(suffix))], width)
}

/** Code such as `openssl rand -base64 32` stays in one piece. */
const splitWords = (text: string): string[] => text.match(/[^\s`]*`[^`]*`[^\s`]*|\S+/g) ?? []

/** Fills lines of at most `width` characters with pieces, without the backticks of Markdown. */
function wrapPieces(pieces: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const piece of pieces.map((each) => each.replaceAll('`', '')).filter((each) => each !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + piece.length <= width) lines[lines.length - 1] = `${last} ${piece}`
    else lines.push(piece)
  }
  return lines
}
