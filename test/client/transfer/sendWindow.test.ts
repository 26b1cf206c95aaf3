import { expect, test } from 'vitest'
import { SendWindow } from '../../../client/transfer/sendWindow.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'

/**
 * Sends over a path for some seconds. Returns the window and the longest queuing delay of the last second.
 * @param noiseMs how much later the browser answers each acknowledgement
 */
function simulate(
  bytesPerSecond: number,
  baseMs: number,
  seconds: number,
  window = new SendWindow(),
  noiseMs: (ack: number) => number = () => 0,
) {
  let now = 0
  let total = 0
  let queuedMs = 0
  while (now < seconds * 1_000) {
    // One round trip: the queue is what the path does not carry in it.
    const roundTripMs = Math.max(baseMs, (window.bytes / bytesPerSecond) * 1_000)
    const acks = Math.max(1, Math.round(window.bytes / contentLimits.fileChunkBytes / 4))
    for (let ack = 0; ack < acks; ack++) {
      const lateMs = noiseMs(++total)
      now += roundTripMs / acks
      // The only one in flight delays the next chunk, too.
      if (acks === 1) now += lateMs
      window.onAck(window.bytes / acks, roundTripMs + lateMs, now)
    }
    if (now > (seconds - 1) * 1_000) queuedMs = Math.max(queuedMs, roundTripMs - baseMs)
  }
  return { window, queuedMs }
}

test.each([
  [250_000, 50],
  [1_000_000, 30],
  [5_000_000, 100],
])('a path of %i bytes a second with %i ms is full, and its queue stays near 50 ms', (bytesPerSecond, baseMs) => {
  const { window, queuedMs } = simulate(bytesPerSecond, baseMs, 100)
  expect(window.bytes).toBeGreaterThan(Math.min(contentLimits.fileWindowBytes, (bytesPerSecond * baseMs) / 1_000) * 0.9)
  expect(queuedMs).toBeLessThan(80)
})

test('the window never exceeds its limit, and has at most two chunks on the slowest path', () => {
  expect(simulate(1_000_000_000, 100, 20).window.bytes).toBe(contentLimits.fileWindowBytes)
  expect(simulate(10_000, 50, 60).window.bytes).toBeLessThanOrEqual(2 * contentLimits.fileChunkBytes)
})

test('the window shrinks when the path becomes slower', () => {
  const { window } = simulate(5_000_000, 40, 20)
  const { queuedMs } = simulate(500_000, 40, 20, window)
  expect(queuedMs).toBeLessThan(100)
})

test('a browser that answers six of seven acknowledgements late does not shrink the window', () => {
  const lateMs = (ack: number): number => (ack % 7 === 0 ? 0 : 150)
  const { window, queuedMs } = simulate(2_000_000, 60, 60, new SendWindow(), lateMs)
  expect(window.bytes).toBeGreaterThan(2_000_000 * 0.06)
  expect(queuedMs).toBeLessThan(80)
})

test('a path with long round trips drains for one of them', () => {
  const roundTripMs = 3_000
  const window = new SendWindow()
  let drains = 0
  for (let trip = 1; trip <= 40; trip++) {
    window.onAck(window.bytes, roundTripMs, trip * roundTripMs)
    drains = window.bytes === contentLimits.fileChunkBytes ? drains + 1 : 0
    expect(drains).toBeLessThan(2)
  }
})
