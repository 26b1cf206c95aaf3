import { unbind } from './allocation.ts'
import type { Core, Rules } from './serverState.ts'

/** New rules for a running server. Allocations stay; what they may not reach any more they lose. */
export function reconfigure(core: Core, rules: Rules): void {
  core.configure(rules)
  for (const allocation of core.allocations.values()) {
    for (const [ip, host] of allocation.hosts) {
      const verdict = core.policy.judge(host.named)
      host.relaysOnly = verdict === 'relays'
      if (verdict !== 'closed') continue
      for (const channel of host.channels.values()) unbind(allocation, channel)
      allocation.hosts.delete(ip)
    }
  }
}
