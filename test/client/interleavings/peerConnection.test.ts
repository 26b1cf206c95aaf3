import { afterEach, expect, test, vi } from 'vitest'
import { PeerConnection } from '../../../client/webrtc/peerConnection.ts'
import { assertProperty, flushTasks } from './interleavingProperty.ts'
import { PeerHarness } from './peerHarness.ts'
import { checkPeer, peerScenarios } from './peerProperty.ts'
import { immediateScheduler } from '../common/taskScheduler.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a peer runs its commands one after another, and a stop ends everything', () =>
  assertProperty(peerScenarios, checkPeer(PeerConnection), 120))

test('a peer stopped by its own transport.connected event leaves no timer', async () => {
  vi.useFakeTimers()
  const harness = new PeerHarness(immediateScheduler, PeerConnection, 1)
  await flushTasks()
  harness.carryOut({ do: 'path', state: 'connected' })
  expect(harness.facts).toEqual([{ type: 'transport.connected' }])
  expect(vi.getTimerCount()).toBe(0)
})

test('a peer stopped by an event of a stats report passes no sample on', async () => {
  vi.useFakeTimers()
  const harness = new PeerHarness(immediateScheduler, PeerConnection, 3)
  await flushTasks()
  harness.carryOut({ do: 'path', state: 'connected' })
  harness.carryOut({ do: 'receive packet' })
  for (let report = 0; report < 20 && !harness.isStopped; report++) {
    vi.advanceTimersByTime(500)
    await flushTasks()
  }
  expect(harness.facts.map(({ type }) => type)).toEqual([
    'transport.connected',
    'media.started',
    'transport.disconnected',
  ])
  harness.checkInvariants()
})
