import { assertEvent, or, setup, stateIn } from 'xstate'
import { timeouts } from '../protocol/timeouts.ts'

/** Events of the status banner machine. */
export type StatusBannerEvent =
  // from the call: whether the peer's media arrives
  | { type: 'transport.lost' }
  | { type: 'transport.restored' }
  | { type: 'call.ended' }
  // from the room
  | { type: 'peer.disconnected'; pageClosing: boolean }
  | { type: 'peer.reconnected' }
  | { type: 'peer.left' }
  | { type: 'peer.reloaded' }
  // from signaling
  | { type: 'signaling.lost' }
  | { type: 'signaling.restored' }

/** The meaning of each event. `after.*` is a delayed transition. */
const statusBannerEventDescriptions = {
  'transport.lost': 'The peer’s media stopped arriving.',
  'transport.restored': 'The peer’s media arrives.',
  'call.ended': 'The call ended, so a transport problem is irrelevant.',
  'peer.disconnected': 'The peer’s socket closed. The server reports whether their page announced it.',
  'peer.reconnected': 'The peer’s signaling is connected again.',
  'peer.reloaded': 'The peer reloaded their page, which interrupts the call.',
  'peer.left': 'The peer’s seat is free, so nothing is shown about them.',
  'signaling.lost': 'The signaling connection is lost.',
  'signaling.restored': 'The signaling connection is back.',
  'after.transportBannerDelay': 'No media arrived for 4.5 seconds, so the banner is shown.',
  'after.peerBannerDelay': 'The peer was disconnected for two seconds, so the banner is shown.',
  'after.signalingBannerDelay': 'Signaling was lost for four seconds, so the banner is shown.',
  'after.peerReloadTimeout': 'The call wasn’t interrupted, or the transport banner is shown now.',
  'after.bannerMinTime': 'The banner was shown for its minimum time.',
} satisfies Record<StatusBannerEvent['type'] | `after.${string}`, string>

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
  description: 'Which connection problem is shown to the user, and for how long.',
  meta: { events: statusBannerEventDescriptions },
  type: 'parallel',
  states: {
    transport: {
      description: 'The media transport, during a call.',
      initial: 'hidden',
      on: { 'call.ended': '.hidden' },
      states: {
        hidden: { description: 'There’s nothing to show.', on: { 'transport.lost': 'pending' } },
        pending: {
          description: 'No media arrives, but the outage is too short to show.',
          on: { 'transport.restored': 'hidden' },
          after: { transportBannerDelay: 'shown' },
        },
        shown: {
          description: 'The banner says that the call reconnects.',
          tags: 'transport',
          on: { 'transport.restored': 'resolved' },
        },
        resolved: {
          description: 'Media arrives again. The banner stays for a moment.',
          tags: 'transport',
          on: { 'transport.lost': 'shown' },
          after: { bannerMinTime: 'hidden' },
        },
      },
    },
    peer: {
      description: 'The peer’s page and its signaling connection.',
      initial: 'hidden',
      on: { 'peer.left': '.hidden', 'peer.reloaded': '.returning' },
      states: {
        hidden: {
          description: 'There’s nothing to show.',
          on: { 'peer.disconnected': [{ guard: 'isPageClosing', target: 'pageClosed' }, { target: 'pending' }] },
        },
        pending: {
          description: 'The peer is disconnected, but the outage is too short to show.',
          on: { 'peer.reconnected': 'hidden', 'peer.disconnected': { guard: 'isPageClosing', target: 'pageClosed' } },
          after: { peerBannerDelay: 'shown' },
        },
        shown: {
          description: 'The banner says that the peer is disconnected.',
          tags: 'peer',
          on: { 'peer.reconnected': 'resolved' },
        },
        pageClosed: {
          description: 'The peer’s page announced that it closes, so the banner is shown at once.',
          tags: 'peer',
          on: { 'peer.reconnected': 'returning' },
        },
        returning: {
          description: 'The peer’s page is back, but media doesn’t flow yet.',
          tags: 'peer',
          on: {
            'transport.restored': 'resolved',
            'call.ended': 'hidden',
            'peer.disconnected': [{ guard: 'isPageClosing', target: 'pageClosed' }, { target: 'shown' }],
          },
          after: { peerReloadTimeout: 'resolved' },
        },
        resolved: {
          description: 'The peer is back. The banner stays for a moment.',
          tags: 'peer',
          on: { 'peer.disconnected': [{ guard: 'isPageClosing', target: 'pageClosed' }, { target: 'shown' }] },
          after: { bannerMinTime: 'hidden' },
        },
      },
    },
    signaling: {
      description: 'This page’s connection to the server.',
      initial: 'hidden',
      states: {
        hidden: { description: 'There’s nothing to show.', on: { 'signaling.lost': 'pending' } },
        pending: {
          description: 'Signaling is lost, but the outage is too short to show.',
          on: { 'signaling.restored': 'hidden' },
          after: { signalingBannerDelay: 'shown' },
        },
        /** Transport and signaling share one banner. While it shows the transport, this state ends at once. */
        shown: {
          description: 'The banner says that the server doesn’t answer.',
          tags: 'signaling',
          on: { 'signaling.restored': [{ guard: 'isTransportShown', target: 'hidden' }, { target: 'resolved' }] },
        },
        resolved: {
          description: 'Signaling is back. The banner stays for a moment.',
          tags: 'signaling',
          on: { 'signaling.lost': 'shown' },
          after: { bannerMinTime: 'hidden' },
        },
      },
    },
  },
})
