import { expect } from 'vitest'
import type { Guest } from './guest.ts'
import { relayPorts } from './product.ts'

/** Between a browser and its TURN server. */
export type RelayProtocol = 'udp' | 'tcp' | 'tls'

/** Each sends through a relay that it reaches by this protocol (null: whichever answered first), to the relay of the other. */
export async function expectRelayed(protocol: RelayProtocol | null, guests: readonly [Guest, Guest], ports: readonly [number, number] = relayPorts): Promise<void> {
  for (const guest of guests) {
    await expect.poll(() => guest.pair()).toMatchObject({ local: { type: 'relay', ...(protocol && { relayProtocol: protocol }) }, remote: { type: 'relay' } })
    const pair = await guest.pair()
    for (const { port } of [pair!.local, pair!.remote]) {
      expect(port).toBeGreaterThanOrEqual(ports[0])
      expect(port).toBeLessThanOrEqual(ports[1])
    }
  }
}
