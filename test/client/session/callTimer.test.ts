import { createActor, fromCallback } from 'xstate'
import { expect, test, vi } from 'vitest'
import { formatDuration } from '../../../client/common/duration.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const { CallTimer } = await import('../../../client/session/callTimer.svelte.ts')

test.each([
  [0, '0:00'],
  [999, '0:00'],
  [61_000, '1:01'],
  [754_999, '12:34'],
  [3_600_000, '1:00:00'],
  [36_754_000, '10:12:34'],
])('%i ms are shown as %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text))

const seat = { type: 'join.accepted', seat: 'b', role: 'polite', epoch: 1, peer: 'connected', resumed: false } as const

function startTimer() {
  const clock = { ms: 1_000 }
  const call = createActor(callMachine.provide({ actors: { peerConnection: fromCallback(() => undefined) } })).start()
  const timer = new CallTimer(call, () => clock.ms)
  const connect = (): void => {
    call.send({ type: 'offer.received', connection: 'a1.1', negotiation: 1, sdp: 'v=0' })
    call.send({ type: 'transport.connected' })
  }
  call.send(seat)
  return { clock, call, timer, connect }
}

test('a call is measured from its first transport to its end, through an interruption', () => {
  const { clock, call, timer, connect } = startTimer()
  expect([timer.startedAtMs, timer.durationMs]).toEqual([null, null])
  connect()
  expect(timer.startedAtMs).toBe(1_000)
  clock.ms += 5_000
  call.send({ type: 'transport.disconnected' })
  call.send({ type: 'transport.connected' })
  expect(timer.startedAtMs).toBe(1_000)
  clock.ms += 7_000
  call.send({ type: 'hangup.received' })
  expect([timer.startedAtMs, timer.durationMs]).toEqual([null, 12_000])
})

test('the duration of a call is not the duration of the next one', () => {
  const { clock, call, timer, connect } = startTimer()
  connect()
  clock.ms += 5_000
  call.send({ type: 'hangup.received' })
  call.send({ ...seat, peer: 'absent' })
  expect([timer.startedAtMs, timer.durationMs]).toEqual([null, null])
})
