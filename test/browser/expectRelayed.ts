import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'
import { relayPorts } from './product.ts'

/** Transport between a browser and its TURN server. */
export type RelayProtocol = 'udp' | 'tcp' | 'tls'

/** Expects that each user sends through a relay, over this transport, to the peer's relay. Null: any transport. */
export async function expectRelayed(
  protocol: RelayProtocol | null,
  users: readonly [BrowserUser, BrowserUser],
  ports: readonly [number, number] = relayPorts,
): Promise<void> {
  for (const user of users) {
    await expect
      .poll(() => user.readCandidatePair())
      .toMatchObject({
        local: { type: 'relay', ...(protocol && { relayProtocol: protocol }) },
        remote: { type: 'relay' },
      })
    const pair = await user.readCandidatePair()
    for (const { port } of [pair!.local, pair!.remote]) {
      expect(port).toBeGreaterThanOrEqual(ports[0])
      expect(port).toBeLessThanOrEqual(ports[1])
    }
  }
}
