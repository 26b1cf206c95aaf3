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

/** The machines of a page in a call, on one clock; only the connection does nothing. */
function startCall() {
  const clock = new SimulatedClock()
  const peerConnection = fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(() => undefined)
  const calling = createActor(callMachine.provide({ actors: { peerConnection } }), { clock })
  const visiting = createActor(membershipMachine, { clock })
  const noticing = createActor(statusBannerMachine, { clock })
  const measuring = createActor(qualityMachine)
  for (const actor of [calling, visiting, noticing, measuring]) actor.start()
  const stop = connectStatusBanner({ call: calling, membership: visiting, statusBanner: noticing, quality: measuring })
  const hears = (...facts: CallEvent[]): void => {
    for (const fact of facts) calling.send(fact)
  }
  const enters = (...facts: MembershipEvent[]): void => {
    for (const fact of facts) visiting.send(fact)
  }
  enters({ type: 'user.joined' }, { type: 'join.accepted', state: 'full', peer: 'connected' })
  hears(
    { type: 'join.accepted', seat: 'a', role: 'impolite', epoch: 3, peer: 'connected', resumed: true },
    { type: 'offer.created', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
    { type: 'answer.received', connection: 'a3.1', negotiation: 1, sdp: 'v=0' },
    { type: 'transport.connected' },
  )
  return {
    clock,
    hears,
    enters,
    stop,
    measuring,
    banner: () => selectBanner(noticing.getSnapshot(), calling.getSnapshot()),
  }
}

describe('in a call', () => {
  test('a way that is lost and not found is said, and once more where this page has no line to the server either', () => {
    const { clock, hears, enters, banner } = startCall()
    hears({ type: 'transport.disconnected' })
    clock.increment(timeouts.transportBannerDelayMs - 1)
    expect(banner()).toBeNull()
    clock.increment(1)
    expect(banner()).toBe('transport')
    enters({ type: 'signaling.lost' })
    clock.increment(timeouts.signalingBannerDelayMs)
    expect(banner()).toBe('localNetwork')
  })

  test('a way that is lost in another manner meanwhile is not waited for anew', () => {
    const { clock, hears, banner } = startCall()
    hears({ type: 'transport.disconnected' })
    clock.increment(timeouts.transportBannerDelayMs / 2)
    hears({ type: 'transport.failed' })
    clock.increment(timeouts.transportBannerDelayMs / 2)
    expect(banner()).toBe('transport')
  })

  test('a server that is away is said together with a call that goes on', () => {
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

  test('the other side whose page is closed is missed at once', () => {
    const { enters, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: true })
    expect(banner()).toBe('peerDisconnected')
  })

  test('that the other side has no line to the server is said as no more than that, until nothing comes from there', () => {
    const { clock, enters, hears, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: false })
    clock.increment(timeouts.peerBannerDelayMs - 1)
    expect(banner()).toBeNull()
    clock.increment(1)
    expect(banner()).toBe('peerSignaling')
    hears({ type: 'transport.disconnected' })
    expect(banner()).toBe('peerDisconnected')
  })

  test('whose page was loaded anew is missed until there is a call again, though they were away for less than a moment', () => {
    const { clock, enters, hears, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: false })
    expect(banner()).toBeNull()
    enters({ type: 'peer.reconnected', reloaded: true })
    hears({ type: 'peer.reconnected', reloaded: true })
    expect(banner()).toBe('peerDisconnected')
    hears({ type: 'offer.received', connection: 'b4.1', negotiation: 1, sdp: 'v=0' }, { type: 'transport.connected' })
    clock.increment(timeouts.bannerMinTimeMs)
    expect(banner()).toBeNull()
  })

  test('whose line alone was away and is back before that would be missed, is not', () => {
    const { clock, enters, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: false }, { type: 'peer.reconnected', reloaded: false })
    clock.increment(timeouts.peerBannerDelayMs)
    expect(banner()).toBeNull()
  })

  test('who has left is not missed', () => {
    const { enters, hears, banner } = startCall()
    enters({ type: 'peer.disconnected', pageClosing: true }, { type: 'peer.left' })
    hears({ type: 'peer.left', reason: 'left' })
    expect(banner()).toBeNull()
  })

  test('after the call, the line to the server is all that can be missed', () => {
    const { clock, hears, enters, banner } = startCall()
    hears({ type: 'transport.disconnected' })
    clock.increment(timeouts.transportBannerDelayMs)
    hears({ type: 'hangup.received' })
    expect(banner()).toBeNull()
    enters({ type: 'signaling.lost' })
    clock.increment(timeouts.signalingBannerDelayMs)
    expect(banner()).toBe('signaling')
  })

  test('what was measured of a way that is lost is forgotten', () => {
    const { hears, measuring } = startCall()
    const sample = {
      inboundLossRatio: 0,
      outboundLossRatio: 0,
      roundTripMs: 20,
      jitterMs: 3,
      freezeRatio: 0,
      uplinkShortfall: 0,
    }
    for (let n = 0; n < samplesToWorsen; n++) measuring.send({ type: 'sample.taken', sample })
    expect(measuring.getSnapshot().value).toBe('good')
    hears({ type: 'transport.disconnected' })
    expect(measuring.getSnapshot().value).toBe('unknown')
  })

  test('nobody is told of anything any more once it is stopped', () => {
    const { enters, stop, banner } = startCall()
    stop()
    enters({ type: 'peer.disconnected', pageClosing: true })
    expect(banner()).toBeNull()
  })
})
