import { execFileSync } from 'node:child_process'

/** Takes UDP to one port of this machine away, as a firewall would: without a word. Returns its undo. */
export function dropUdp(port: number): () => void {
  const table = `duet_test_${process.pid}`
  nft(`add table inet ${table}
add chain inet ${table} in { type filter hook input priority 0; }
add rule inet ${table} in udp dport ${port} counter drop`)
  return () => nft(`delete table inet ${table}`)
}

/** How many packets it has dropped. */
export function droppedUdp(): number {
  const rules = execFileSync('nft', ['list', 'table', 'inet', `duet_test_${process.pid}`], { encoding: 'utf8' })
  return Number(/packets (\d+)/.exec(rules)?.[1] ?? 0)
}

const nft = (commands: string): void => void execFileSync('nft', ['-f', '-'], { input: commands })
