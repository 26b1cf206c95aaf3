import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

/** A connection with relay candidates only, as the page sees it. */
export interface PreparedView {
  state: string
  /** RTP packets that the page sent and received on any connection. */
  packets: number
  candidateTypes: string[]
}

/** Runs in the page. Returns its open prepared connections. */
export async function readPrepared(): Promise<PreparedView[]> {
  const open = window.recordedConnections.filter(
    (pc) => pc.getConfiguration().iceTransportPolicy === 'relay' && pc.signalingState !== 'closed',
  )
  return Promise.all(
    open.map(async (pc) => {
      const all = [...(await pc.getStats()).values()] as {
        type: string
        candidateType?: string
        packetsSent?: number
        packetsReceived?: number
      }[]
      return {
        state: pc.connectionState,
        packets: all.reduce(
          (sum, { type, packetsSent = 0, packetsReceived = 0 }) =>
            sum + (type === 'outbound-rtp' ? packetsSent : type === 'inbound-rtp' ? packetsReceived : 0),
          0,
        ),
        candidateTypes: [
          ...new Set(
            all.flatMap(({ type, candidateType }) => (type.endsWith('-candidate') ? [candidateType ?? ''] : [])),
          ),
        ],
      }
    }),
  )
}

/** Asserts that each page has one prepared connection, with relay candidates only, and that no RTP packet was sent. */
export async function expectPrepared(users: readonly BrowserUser[]): Promise<void> {
  for (const { tab } of users)
    await expect
      .poll(() => tab.run(readPrepared, null))
      .toEqual([{ state: 'connected', packets: 0, candidateTypes: ['relay'] }])
}
