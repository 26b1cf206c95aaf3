import { createActor, fromCallback, SimulatedClock } from 'xstate'
import { describe, expect, test } from 'vitest'
import { connectStatusBanner, selectBanner } from '../../../client/session/statusBanner.ts'
import type {
  CallEvent,
  PeerConnectionEvent,
  PeerConnectionInput,
  PeerConnectionCommand,
} from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import { statusBannerMachine } from '../../../machines/status/statusBannerMachine.ts'
import { qualityMachine, samplesToWorsen } from '../../../machines/status/qualityMachine.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { membershipMachine, type MembershipEvent } from '../../../machines/membership/membershipMachine.ts'
import { sampled } from '../../machines/status/qualityMachine.graph.ts'

/** The machines of a page in a call, on one clock. Only the connection is a fake. */
function startCall() {
  const clock = new SimulatedClock()
  const peerConnection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(() => undefined)
  const calling = createActor(callMachine.provide({ actors: { peerConnection } }), { clock })
  const visiting = createActor(membershipMachine, { clock })
  const noticing = createActor(statusBannerMachine, { clock })
  const measuring = createActor(qualityMachine)
  for (const actor of [calling, visiting, noticing, measuring]) actor.start()
  const stop = connectStatusBanner({ call: calling, membership: visiting, statusBanner: noticing, quality: measuring })
  const receive = (...facts: CallEvent[]): void => {
    for (const fact of facts) calling.send(fact)
  }
  const enters = (...facts: MembershipEvent[]): void => {
    for (const fact of facts) visiting.send(fact)
  }
  enters({ type: 'user.joined' }, { type: 'join.accepted', state: 'full', peer: 'connected' })
  receive(
    { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 3, peer: 'connected', resumed: true },
    { type: 'offer.created', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
    { type: 'answer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
    { type: 'transport.connected' },
  )
  return {
    clock,
    receive,
    enters,
    stop,
    measuring,
    banner: () => selectBanner(noticing.getSnapshot(), calling.getSnapshot()),
  }
}

describe('status banner in a call', () => {
  test('a lost transport shows a banner, and another one if the socket is lost too', () => {
    const { clock, receive, enters, banner } = startCall()
    receive({ type: 'transport.disconnected' })
    clock.increment(timeouts.transportBannerDelayMs - 1)
    expect(banner()).toBeNull()
    clock.increment(1)
    expect(banner()).toBe('transport')
    enters({ type: 'signaling.lost' })
    clock.increment(timeouts.signalingBannerDelayMs)
    expect(banner()).toBe('localNetwork')
  })

  test('a second kind of transport loss does not restart the banner delay', () => {
    const { clock, receive, banner } = startCall()
    receive({ type: 'transport.disconnected' })
    clock.increment(timeouts.transportBannerDelayMs / 2)
    receive({ type: 'transport.failed' })
    clock.increment(timeouts.transportBannerDelayMs / 2)
    expect(banner()).toBe('transport')
  })

  test('a lost socket in a flowing call shows signalingDuringCall', () => {
    const { clock, enters, banner } = startCall()
    enters({ type: 'signaling.lost' })
    clock.increment(timeouts.signalingBannerDelayMs - 1)
    expect(banner()).toBeNull()
    clock.increment(1)
    expect(banner()).toBe('signalingDuringCall')
    enters({ type: 'join.accepted', state: 'full', peer: 'connected' })
    clock.increment(timeouts.bannerMinTimeMs)
    expect(banner()).toBeNull()
  })

  test('a closed page of the peer shows peerDisconnected at once', () => {
    const { enters, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: true })
    expect(banner()).toBe('peerDisconnected')
  })

  test('a lost socket of the peer shows peerSignaling until media stops', () => {
    const { clock, enters, receive, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: false })
    clock.increment(timeouts.peerBannerDelayMs - 1)
    expect(banner()).toBeNull()
    clock.increment(1)
    expect(banner()).toBe('peerSignaling')
    receive({ type: 'transport.disconnected' })
    expect(banner()).toBe('peerDisconnected')
  })

  test('a reloaded page of the peer shows peerDisconnected until the next call, even after a short absence', () => {
    const { clock, enters, receive, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: false })
    expect(banner()).toBeNull()
    enters({ type: 'peer.reconnected', reloaded: true })
    receive({ type: 'peer.reconnected', reloaded: true })
    expect(banner()).toBe('peerDisconnected')
    receive({ type: 'offer.received', connection: 'b4.1', negotiation: 1, sdp: 'v=0' }, { type: 'transport.connected' })
    clock.increment(timeouts.bannerMinTimeMs)
    expect(banner()).toBeNull()
  })

  test('a short socket loss of the peer shows no banner', () => {
    const { clock, enters, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: false }, { type: 'peer.reconnected', reloaded: false })
    clock.increment(timeouts.peerBannerDelayMs)
    expect(banner()).toBeNull()
  })

  test('a peer that has left shows no banner', () => {
    const { enters, receive, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: true }, { type: 'peer.left' })
    receive({ type: 'peer.left', reason: 'left' })
    expect(banner()).toBeNull()
  })

  test('after the call only a lost socket shows a banner', () => {
    const { clock, receive, enters, banner } = startCall()
    receive({ type: 'transport.disconnected' })
    clock.increment(timeouts.transportBannerDelayMs)
    receive({ type: 'hangup.received' })
    expect(banner()).toBeNull()
    enters({ type: 'signaling.lost' })
    clock.increment(timeouts.signalingBannerDelayMs)
    expect(banner()).toBe('signaling')
  })

  test('a lost transport resets the quality', () => {
    const { receive, measuring } = startCall()
    for (let n = 0; n < samplesToWorsen; n++) measuring.send(sampled())
    expect(measuring.getSnapshot().value).toBe('good')
    receive({ type: 'transport.disconnected' })
    expect(measuring.getSnapshot().value).toBe('unknown')
  })

  test('no event is sent after the stop function', () => {
    const { enters, stop, banner } = startCall()
    stop()
    enters({ type: 'peer.disconnected', pageClosing: true })
    expect(banner()).toBeNull()
  })
})
