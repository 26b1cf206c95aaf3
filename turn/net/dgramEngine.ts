import { DgramRelaySockets } from './relaySockets.ts'
import { listenUdp } from './udp.ts'
import type { UdpEngine } from './udpEngine.ts'

/** UDP through `node:dgram`, on every system. */
export const dgramEngine: UdpEngine = {
  name: 'dgram',
  canSetDontFragment: false,
  listen: listenUdp,
  createRelaySockets: (context) => new DgramRelaySockets(context),
}
