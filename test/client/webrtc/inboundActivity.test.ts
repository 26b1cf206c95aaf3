import { describe, expect, test } from 'vitest'
import { InboundActivity } from '../../../client/webrtc/inboundActivity.ts'

type Row = { id: string; type: string } & Record<string, unknown>

/** On a clock that stands still between two readings. */
function watch() {
  let now = 0
  const arrivals = new InboundActivity(() => now)
  const read = (at: number, ...rows: Row[]): void => {
    now = at
    arrivals.read(rows.map((row) => [row.id, row]))
  }
  return {
    arrivals,
    read,
    wait: (at: number) => {
      now = at
    },
  }
}

const media = (packetsReceived: number): Row => ({ id: 'IT01V1', type: 'inbound-rtp', packetsReceived })

describe('what arrives', () => {
  test.each<[string, (count: number) => Row]>([
    ['sound or pictures', media],
    ['a word on the channel', (messagesReceived) => ({ id: 'D1', type: 'data-channel', messagesReceived })],
    ['bytes of whatever kind', (bytesReceived) => ({ id: 'CPx', type: 'candidate-pair', bytesReceived })],
    ['a check of the other side', (requestsReceived) => ({ id: 'CPx', type: 'candidate-pair', requestsReceived })],
    ['an answer to a check of ours', (responsesReceived) => ({ id: 'CPx', type: 'candidate-pair', responsesReceived })],
  ])('is known by the newest report that counts more: %s', (_, row) => {
    const { arrivals, read } = watch()
    read(500, row(1))
    read(1_000, row(2))
    read(1_500, row(2))
    expect(arrivals.lastAt).toBe(1_000)
  })

  test('is not what goes out, nor what was counted before', () => {
    const { arrivals, read } = watch()
    for (const at of [500, 1_000, 1_500]) {
      read(
        at,
        { id: 'OT01V1', type: 'outbound-rtp', packetsSent: at },
        { id: 'CPx', type: 'candidate-pair', bytesSent: at, bytesReceived: 0 },
        media(0),
      )
    }
    expect(arrivals.lastAt).toBe(0)
  })

  test('counts from nothing on another pair of candidates', () => {
    const { arrivals, read } = watch()
    read(500, { id: 'CPold', type: 'candidate-pair', bytesReceived: 900 })
    read(1_000, { id: 'CPnew', type: 'candidate-pair', bytesReceived: 20 })
    expect(arrivals.lastAt).toBe(1_000)
  })

  test('is taken from the beginning to have come then', () => {
    expect(watch().arrivals.lastAt).toBe(0)
  })
})

describe('media', () => {
  test('is expected to go on for five seconds', () => {
    const { arrivals, read, wait } = watch()
    expect(arrivals.hasRecentMedia).toBe(false)
    read(1_000, media(3))
    wait(5_999)
    expect(arrivals.hasRecentMedia).toBe(true)
    wait(6_000)
    expect(arrivals.hasRecentMedia).toBe(false)
  })

  test('is not what comes on the channel alone', () => {
    const { arrivals, read } = watch()
    read(1_000, { id: 'D1', type: 'data-channel', messagesReceived: 1 })
    expect(arrivals.hasRecentMedia).toBe(false)
  })
})
