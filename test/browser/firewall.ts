import { execFileSync } from 'node:child_process'

/** A port of this machine, and what is spoken there. `stun` is STUN and TURN over TCP, at a port that knows more. */
export type Way = `${'udp' | 'tcp' | 'stun'} ${number}`

export interface Firewall {
  /** How much has come by this way, which is closed or measured, since the firewall stands. */
  bytes(way: Way): number
  remove(): void
}

let raised = 0

/** Takes some ways away, as a firewall would: without a word. */
export function raiseFirewall({ closed, measured = [] }: { closed: readonly Way[]; measured?: readonly Way[] }): Firewall {
  const table = `inet duet_test_${process.pid}_${++raised}`
  const rules = (ways: readonly Way[], verdict: string): string[] =>
    ways.flatMap((way) => [`add counter ${table} ${counterOf(way)}`, `add rule ${table} in ${matchOf(way)} counter name ${counterOf(way)} ${verdict}`])
  nft([`add table ${table}`, `add chain ${table} in { type filter hook input priority 0; }`, ...rules(closed, 'drop'), ...rules(measured, 'accept')])
  return {
    bytes: (way) => Number(/bytes (\d+)/.exec(execFileSync('nft', ['list', 'counter', ...table.split(' '), counterOf(way)], { encoding: 'utf8' }))![1]),
    remove: () => nft([`delete table ${table}`]),
  }
}

const counterOf = (way: Way): string => way.replace(' ', '_')
/** STUN's magic cookie (RFC 8489 §5), four bytes behind the header of TCP. */
const matchOf = (way: Way): string =>
  way.startsWith('stun') ? `${way.replace('stun', 'tcp dport')} @ih,32,32 0x2112a442` : way.replace(' ', ' dport ')
const nft = (commands: readonly string[]): void => void execFileSync('nft', ['-f', '-'], { input: commands.join('\n') })
