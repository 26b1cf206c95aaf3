import { execFileSync } from 'node:child_process'
import { isRunning, processTag, tagInName } from '../processIdentity.mjs'

/** A protocol and port of this machine. `stun` is STUN and TURN over TCP on a port that also serves HTTP. */
export type PortRule = `${'udp' | 'tcp' | 'stun'} ${number}`

/** Active packet filter rules of this machine. */
export interface Firewall {
  /** Bytes that matched this blocked or counted rule since `startFirewall`. */
  countBytes(rule: PortRule): number
  remove(): void
}

let firewallCount = 0

/** Drops packets to the blocked ports silently, and counts bytes per rule. Removes the rules of killed runs first. */
export function startFirewall({
  blocked,
  counted = [],
}: {
  blocked: readonly PortRule[]
  counted?: readonly PortRule[]
}): Firewall {
  removeLeftoverTables()
  const table = `inet duet_${processTag()}_${++firewallCount}`
  const rules = (rules: readonly PortRule[], verdict: string): string[] =>
    rules.flatMap((rule) => [
      `add counter ${table} ${counterName(rule)}`,
      `add rule ${table} in ${matchExpression(rule)} counter name ${counterName(rule)} ${verdict}`,
    ])
  runNft([
    `add table ${table}`,
    `add chain ${table} in { type filter hook input priority 0; }`,
    ...rules(blocked, 'drop'),
    ...rules(counted, 'accept'),
  ])
  return {
    countBytes: (rule) =>
      Number(
        /bytes (\d+)/.exec(
          execFileSync('nft', ['list', 'counter', ...table.split(' '), counterName(rule)], { encoding: 'utf8' }),
        )![1],
      ),
    remove: () => runNft([`delete table ${table}`]),
  }
}

/** Removes the tables of processes that have ended. Another run may delete them at the same time. */
function removeLeftoverTables(): void {
  for (const table of listTables()) {
    const tag = tagInName(table)
    if (tag === undefined || isRunning(tag)) continue
    try {
      execFileSync('nft', ['delete', 'table', 'inet', table], { stdio: 'pipe' })
    } catch (error) {
      if (listTables().includes(table)) throw error
    }
  }
}

/** Lists the `inet` tables of this machine. */
const listTables = (): string[] =>
  execFileSync('nft', ['list', 'tables', 'inet'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => line.split(' ')[2] ?? [])

const counterName = (rule: PortRule): string => rule.replace(' ', '_')
/** STUN's magic cookie (RFC 8489 §5) is four bytes after the TCP header. */
const matchExpression = (rule: PortRule): string =>
  rule.startsWith('stun') ? `${rule.replace('stun', 'tcp dport')} @ih,32,32 0x2112a442` : rule.replace(' ', ' dport ')
const runNft = (commands: readonly string[]): void =>
  void execFileSync('nft', ['-f', '-'], { input: commands.join('\n') })
