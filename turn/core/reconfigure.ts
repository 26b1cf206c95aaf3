import { unbindChannel } from './allocation.ts'
import type { ServerState, CoreRules } from './serverState.ts'

/**
 * Applies new rules to a running server. Allocations stay; permissions for peers that are now denied are deleted.
 * @throws {Error} for a wrong CIDR; then nothing has changed
 */
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
