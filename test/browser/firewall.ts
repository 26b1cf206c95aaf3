import { execFileSync } from 'node:child_process'

/** A port of this machine, and what is spoken there. */
export type Way = `${'udp' | 'tcp'} ${number}`

export interface Firewall {
  /** What has come by this way since the firewall stands, let in or not. */
  bytes(way: Way): number
  remove(): void
}

let raised = 0

/** Takes some ways away, as a firewall would: without a word. Others it lets in, and measures. */
export function raiseFirewall({ closed, open = [] }: { closed: readonly Way[]; open?: readonly Way[] }): Firewall {
  const table = `inet duet_test_${process.pid}_${++raised}`
  const rules = (ways: readonly Way[], verdict: string): string[] =>
    ways.flatMap((way) => [`add counter ${table} ${counterOf(way)}`, `add rule ${table} in ${portOf(way)} counter name ${counterOf(way)} ${verdict}`])
  nft([`add table ${table}`, `add chain ${table} in { type filter hook input priority 0; }`, ...rules(closed, 'drop'), ...rules(open, 'accept')])
  return {
    bytes: (way) => Number(/bytes (\d+)/.exec(execFileSync('nft', ['list', 'counter', ...table.split(' '), counterOf(way)], { encoding: 'utf8' }))![1]),
    remove: () => nft([`delete table ${table}`]),
  }
}

const counterOf = (way: Way): string => way.replace(' ', '_')
const portOf = (way: Way): string => way.replace(' ', ' dport ')
const nft = (commands: readonly string[]): void => void execFileSync('nft', ['-f', '-'], { input: commands.join('\n') })
