import { describe, expect, test } from 'vitest'
import { InboundActivity } from '../../../client/webrtc/inboundActivity.ts'

type Row = { id: string; type: string } & Record<string, unknown>

/** An InboundActivity on a clock that only `read` and `wait` advance. */
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

describe('arrival', () => {
  test.each<[string, (count: number) => Row]>([
    ['media', media],
    ['a message on the data channel', (messagesReceived) => ({ id: 'D1', type: 'data-channel', messagesReceived })],
    ['bytes of any kind', (bytesReceived) => ({ id: 'CPx', type: 'candidate-pair', bytesReceived })],
    [
      'a connectivity check from the peer',
      (requestsReceived) => ({ id: 'CPx', type: 'candidate-pair', requestsReceived }),
    ],
    ['a response to a local check', (responsesReceived) => ({ id: 'CPx', type: 'candidate-pair', responsesReceived })],
  ])('a growing counter is an arrival: %s', (_, row) => {
    const { arrivals, read } = watch()
    read(500, row(1))
    read(1_000, row(2))
    read(1_500, row(2))
    expect(arrivals.lastAt).toBe(1_000)
  })

  test('outbound and unchanged counters are not arrivals', () => {
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

  test('the counters of a new candidate pair start at 0', () => {
    const { arrivals, read } = watch()
    read(500, { id: 'CPold', type: 'candidate-pair', bytesReceived: 900 })
    read(1_000, { id: 'CPnew', type: 'candidate-pair', bytesReceived: 20 })
    expect(arrivals.lastAt).toBe(1_000)
  })

  test('the start counts as the first arrival', () => {
    expect(watch().arrivals.lastAt).toBe(0)
  })
})

describe('media', () => {
  test('media is expected to continue for 5 s', () => {
    const { arrivals, read, wait } = watch()
    expect(arrivals.hasRecentMedia).toBe(false)
    read(1_000, media(3))
    wait(5_999)
    expect(arrivals.hasRecentMedia).toBe(true)
    wait(6_000)
    expect(arrivals.hasRecentMedia).toBe(false)
  })

  test('data channel messages are not media', () => {
    const { arrivals, read } = watch()
    read(1_000, { id: 'D1', type: 'data-channel', messagesReceived: 1 })
    expect(arrivals.hasRecentMedia).toBe(false)
  })
})
