import { assertEvent, or, setup, stateIn } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'

/**
 * When a connection problem is shown. A short one is not; a banner stays long enough to be read, and its delay does not start again when
 * the problem changes its kind. Tags name the problems to show; client/session/statusBanner.ts picks one.
 */

export type StatusBannerEvent =
  // of the call: whether the peer's media arrives
  | { type: 'transport.lost' }
  | { type: 'transport.restored' }
  | { type: 'call.ended' }
  // of the room; `pageClosing`: their page is closing, so the call is interrupted
  | { type: 'peer.disconnected'; pageClosing: boolean }
  | { type: 'peer.reconnected' }
  | { type: 'peer.left' }
  /** The peer is back with a reloaded page: the call is interrupted. */
  | { type: 'peer.reloaded' }
  // of signaling
  | { type: 'signaling.lost' }
  | { type: 'signaling.restored' }

export type ConnectionProblem = 'transport' | 'peer' | 'signaling'

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
        /** Too short to show. */
        pending: { on: { 'transport.restored': 'hidden' }, after: { transportBannerDelay: 'shown' } },
        shown: { tags: 'transport', on: { 'transport.restored': 'resolved' } },
        /** The banner stays for a moment, so that it does not flicker. */
        resolved: { tags: 'transport', on: { 'transport.lost': 'shown' }, after: { bannerMinTime: 'hidden' } },
      },
    },
    /** The peer's connection to the server, and their page. */
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
        /** Their page is back, and has no call yet. */
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
    /** Our connection to the server. */
    signaling: {
      initial: 'hidden',
      states: {
        hidden: { on: { 'signaling.lost': 'pending' } },
        pending: { on: { 'signaling.restored': 'hidden' }, after: { signalingBannerDelay: 'shown' } },
        /** While the transport banner is shown, the two share one banner, so this one ends at once. */
        shown: {
          tags: 'signaling',
          on: { 'signaling.restored': [{ guard: 'isTransportShown', target: 'hidden' }, { target: 'resolved' }] },
        },
        resolved: { tags: 'signaling', on: { 'signaling.lost': 'shown' }, after: { bannerMinTime: 'hidden' } },
      },
    },
  },
})
