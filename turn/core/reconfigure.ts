import { unbindChannel } from './allocation.ts'
import type { ServerState, CoreRules } from './serverState.ts'

/** New rules for a running server. Allocations stay; what they may not reach any more they lose. */
export function reconfigure(state: ServerState, rules: CoreRules): void {
  state.configure(rules)
  for (const allocation of state.allocations.values()) {
    for (const [ip, permission] of allocation.permissions) {
      const verdict = state.peerPolicy.judge(permission.requestedIp)
      permission.isRelayPortsOnly = verdict === 'relays'
      if (verdict !== 'closed') continue
      for (const channel of permission.channels.values()) unbindChannel(allocation, channel)
      allocation.permissions.delete(ip)
    }
  }
}
