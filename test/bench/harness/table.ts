/** A table of text cells. The first column is left-aligned, the others are right-aligned. */
export interface Table {
  title: string
  head: string[]
  rows: string[][]
  /** Explanations printed below the table. */
  notes?: string[]
}

/** Formats a table as aligned text. */
export function formatTable({ title, head, rows, notes = [] }: Table): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)))
  const line = (row: string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [`\n${title}`, '', line(head), rule, ...rows.map(line), ...notes.map((note) => `  ${note}`)].join('\n')
}

const pad = (cell: string, width: number, column: number): string =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width)
