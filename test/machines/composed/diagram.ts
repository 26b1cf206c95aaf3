import type { Violation } from './explore.ts'
import type { Label } from './label.ts'
import type { Page } from './page.ts'
import type { System, World } from './system.ts'

const width = 46
const blank = ' '.repeat(width)

/**
 * Formats a violation with a shortest path to it as a sequence diagram. Columns: A, the server, B. States appear where
 * they change.
 */
export function formatViolation(system: System, { broken, way, calm }: Violation): string {
  return [
    `broken: ${broken}`,
    `A${blank.slice(3)}server${blank.slice(3)}B`,
    ...draw(system, way),
    ...(calm.length > 0
      ? ['and after faults stop:', ...draw(system, calm.slice(0, 60)), `… ${calm.length} steps without an end`]
      : []),
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}

function draw(system: System, way: readonly World[]): string[] {
  const lines: string[] = []
  let states = ''
  way.slice(1).forEach((to, index) => {
    lines.push(row(labelOf(system, way[index]!, to)))
    const now = statesOf(system, to)
    if (now !== states) lines.push(now)
    states = now
  })
  return lines
}

function labelOf(system: System, from: World, to: World): Label {
  const move = [...system.moves(from), ...system.faultFreeMoves(from)].find((each) =>
    each.to.every((part, index) => part === to[index]),
  )
  if (!move) throw new Error('no move between two worlds')
  return move.label
}

function row(label: Label): string {
  if ('at' in label) {
    const { at, text } = label
    if (at === 'A') return `* ${text.padEnd(width - 1)}|${blank}|`
    return at === 'B' ? `|${blank}|${text.padStart(width - 1)} *` : `|${blank}* ${text.padEnd(width - 1)}|`
  }
  const { from, to, text } = label
  const isRight = from === 'A' || to === 'B'
  const arrow = isRight ? `── ${text} `.padEnd(width - 1, '─') + '▶' : `◀${` ${text} ──`.padStart(width - 1, '─')}`
  return from === 'A' || to === 'A' ? `|${arrow}|${blank}|` : `|${blank}|${arrow}|`
}

const statesOf = (system: System, [a, b, server]: World): string => {
  const room = String(system.servers.at(server).room.value)
  const [left, right] = [stateOf(system.pages.at(a)), stateOf(system.pages.at(b))]
  return `|  ${left.padEnd(width - 2)}|  ${room.padEnd(9)}${right.padStart(width - 13)}  |`
}

const stateOf = ({ model: { membership, signaling, call } }: Page): string =>
  [membership.value, signaling.value, call.value].map(nameOf).join(' · ')

/** The innermost state name: `{ connected: 'flowing' }` is `flowing`. */
function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : nameOf(Object.values(value as object)[0])
}
