import { relayToClient } from '../core/channelData.ts'
import type { ServerState } from '../core/serverState.ts'
import type { Relay } from '../core/types.ts'

/**
 * Relays one packet of a peer to the client of `relay`, or drops it, and counts it. On the per-packet path of
 * `node:dgram`.
 * @param now in ms
 */
export function relayPeerData(
  state: ServerState,
  relay: Relay,
  data: Uint8Array,
  ip: string,
  port: number,
  now: number,
): void {
  const { counters } = state
  const packet = relayToClient(state, relay, data, ip, port, now)
  if (!packet) {
    counters.dropped++
    return
  }
  counters.packetsToClients++
  counters.bytesToClients += data.length
  relay.allocation!.fiveTuple.send(packet)
}
