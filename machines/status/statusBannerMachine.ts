import { assertEvent, or, setup, stateIn } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'

/** Events of the status banner machine. */
export type StatusBannerEvent =
  // from the call: whether the peer's media arrives
  | { type: 'transport.lost' }
  | { type: 'transport.restored' }
  | { type: 'call.ended' }
  // from the room; `pageClosing`: the peer's page closes, so the call is interrupted
  | { type: 'peer.disconnected'; pageClosing: boolean }
  | { type: 'peer.reconnected' }
  | { type: 'peer.left' }
  /** The peer is back with a reloaded page: the call is interrupted. */
  | { type: 'peer.reloaded' }
  // from signaling
  | { type: 'signaling.lost' }
  | { type: 'signaling.restored' }

/** The problems that a banner can show; tags of the machine. */
export type ConnectionProblem = 'transport' | 'peer' | 'signaling'

/**
 * Decides when a connection problem is shown. Short problems are not shown, and a banner stays long enough to read. Its
 * delay does not restart when one problem turns into another. Tags name the problems to show;
 * client/session/statusBanner.ts selects one.
 */
export const statusBannerMachine = setup({
  types: { events: {} as StatusBannerEvent, tags: '' as ConnectionProblem },
  guards: {
    isPageClosing: ({ event }) => {
      assertEvent(event, 'peer.disconnected')
      return event.pageClosing
    },
    isTransportShown: or([stateIn({ transport: 'shown' }), stateIn({ transport: 'resolved' })]),
  },
  delays: {
    transportBannerDelay: timeouts.transportBannerDelayMs,
    peerBannerDelay: timeouts.peerBannerDelayMs,
    signalingBannerDelay: timeouts.signalingBannerDelayMs,
    peerReloadTimeout: timeouts.peerReloadTimeoutMs,
    bannerMinTime: timeouts.bannerMinTimeMs,
  },
}).createMachine({
  id: 'statusBanner',
  type: 'parallel',
  states: {
    /** The media transport, during a call. */
    transport: {
      initial: 'hidden',
      on: { 'call.ended': '.hidden' },
      states: {
        hidden: { on: { 'transport.lost': 'pending' } },
        /** The outage is too short to show. */
        pending: { on: { 'transport.restored': 'hidden' }, after: { transportBannerDelay: 'shown' } },
        shown: { tags: 'transport', on: { 'transport.restored': 'resolved' } },
        /** The banner stays for a moment, so that it does not flicker. */
        resolved: { tags: 'transport', on: { 'transport.lost': 'shown' }, after: { bannerMinTime: 'hidden' } },
      },
    },
    /** The peer's signaling connection and page. */
    peer: {
      initial: 'hidden',
      on: { 'peer.left': '.hidden', 'peer.reloaded': '.returning' },
      states: {
        hidden: {
          on: { 'peer.disconnected': [{ guard: 'isPageClosing', target: 'pageClosed' }, { target: 'pending' }] },
        },
        pending: {
          on: { 'peer.reconnected': 'hidden', 'peer.disconnected': { guard: 'isPageClosing', target: 'pageClosed' } },
          after: { peerBannerDelay: 'shown' },
        },
        shown: { tags: 'peer', on: { 'peer.reconnected': 'resolved' } },
        pageClosed: { tags: 'peer', on: { 'peer.reconnected': 'returning' } },
        /** The peer's page is back, but has no call yet. */
        returning: {
          tags: 'peer',
          on: {
            'transport.restored': 'resolved',
            'call.ended': 'hidden',
            'peer.disconnected': [{ guard: 'isPageClosing', target: 'pageClosed' }, { target: 'shown' }],
          },
          after: { peerReloadTimeout: 'resolved' },
        },
        resolved: {
          tags: 'peer',
          on: { 'peer.disconnected': [{ guard: 'isPageClosing', target: 'pageClosed' }, { target: 'shown' }] },
          after: { bannerMinTime: 'hidden' },
        },
      },
    },
    /** This page's signaling connection. */
    signaling: {
      initial: 'hidden',
      states: {
        hidden: { on: { 'signaling.lost': 'pending' } },
        pending: { on: { 'signaling.restored': 'hidden' }, after: { signalingBannerDelay: 'shown' } },
        /** Transport and signaling share one banner. While it shows the transport, this state ends at once. */
        shown: {
          tags: 'signaling',
          on: { 'signaling.restored': [{ guard: 'isTransportShown', target: 'hidden' }, { target: 'resolved' }] },
        },
        resolved: { tags: 'signaling', on: { 'signaling.lost': 'shown' }, after: { bannerMinTime: 'hidden' } },
      },
    },
  },
})
