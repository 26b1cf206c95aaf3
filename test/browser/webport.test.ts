import { execFileSync } from 'node:child_process'
import { describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { expectCall } from './guest.ts'
import { House } from './house.ts'
import { relayPorts } from './product.ts'

/** A network that lets nothing out but the way to the page itself. */

const test = needs('chromium', 'nftables', 'root')

describe('where only the web port is open', () => {
  const house = new House()

  test('a call that is to be relayed goes through that', async () => {
    const open = closePort(house.product.turnPort)
    try {
      const room = house.newRoom()
      const [ann, ben] = [await house.chromium(), await house.chromium()]
      await ann.join(room, '?relay=1')
      await ben.join(room, '?relay=1')

      await expectCall(ann, ben)
      for (const pair of [await ann.pair(), await ben.pair()]) {
        expect(pair?.local).toMatchObject({ type: 'relay', relayProtocol: 'tcp' })
        expect(pair!.local.port).toBeGreaterThanOrEqual(relayPorts[0])
        expect(pair!.local.port).toBeLessThanOrEqual(relayPorts[1])
      }
    } finally {
      open()
    }
  })
})

/** To both transports, without a word, as a firewall would. Returns its undo. */
function closePort(port: number): () => void {
  const table = `duet_webport_${process.pid}`
  const nft = (commands: string): void => void execFileSync('nft', ['-f', '-'], { input: commands })
  nft(`add table inet ${table}
add chain inet ${table} in { type filter hook input priority 0; }
add rule inet ${table} in udp dport ${port} drop
add rule inet ${table} in tcp dport ${port} drop`)
  return () => nft(`delete table inet ${table}`)
}
