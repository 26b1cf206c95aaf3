import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'
import { relayPorts } from './product.ts'

/** Between a browser and its TURN server. */
export type RelayProtocol = 'udp' | 'tcp' | 'tls'

/** Each sends through a relay that it reaches by this protocol (null: whichever answered first), to the relay of the other. */
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
