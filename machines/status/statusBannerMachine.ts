import { assertEvent, or, setup, stateIn } from 'xstate'
import { timers } from '../protocol/timeouts.ts'

/**
 * When trouble is worth a word. What heals by itself in a moment is not; what was said stays long enough to be read, and does not
 * begin anew because the trouble changed its kind. Tags name what is to be said; which of them comes first is for the one who draws.
 */

export type NoticeFact =
  // of the call, as long as there is one: whether what the other side sends arrives
  | { type: 'path.lost' } | { type: 'path.mended' } | { type: 'call.ended' }
  // of the room; `closes`: their page said that it closes, so the call is certainly interrupted
  | { type: 'peer.away'; closes: boolean } | { type: 'peer.back' } | { type: 'peer.left' }
  /** They are there with a page that was loaded anew: the call is interrupted, however short they were away. */
  | { type: 'peer.renewed' }
  // of the link
  | { type: 'link.lost' } | { type: 'link.mended' }

export type Trouble = 'path' | 'peer' | 'link'

export const notice = setup({
  types: { events: {} as NoticeFact, tags: '' as Trouble },
  guards: {
    isClosing: ({ event }) => {
      assertEvent(event, 'peer.away')
      return event.closes
    },
    isPathSaid: or([stateIn({ path: 'told' }), stateIn({ path: 'over' })]),
  },
  delays: {
    pathShown: timers.pathShown,
    awayShown: timers.awayShown,
    linkShown: timers.linkShown,
    returnPatience: timers.returnPatience,
    noticeKept: timers.noticeKept,
  },
}).createMachine({
  id: 'notice',
  type: 'parallel',
  states: {
    /** The way between the two, while there is a call. */
    path: {
      initial: 'fine',
      on: { 'call.ended': '.fine' },
      states: {
        fine: { on: { 'path.lost': 'doubted' } },
        /** Too short yet to be worth a word. */
        doubted: { on: { 'path.mended': 'fine' }, after: { pathShown: 'told' } },
        told: { tags: 'path', on: { 'path.mended': 'over' } },
        /** Words that come and go are not read. */
        over: { tags: 'path', on: { 'path.lost': 'told' }, after: { noticeKept: 'fine' } },
      },
    },
    /** The other side's line to the server, and their page. */
    peer: {
      initial: 'fine',
      on: { 'peer.left': '.fine', 'peer.renewed': '.returning' },
      states: {
        fine: { on: { 'peer.away': [{ guard: 'isClosing', target: 'closed' }, { target: 'doubted' }] } },
        doubted: {
          on: { 'peer.back': 'fine', 'peer.away': { guard: 'isClosing', target: 'closed' } },
          after: { awayShown: 'told' },
        },
        told: { tags: 'peer', on: { 'peer.back': 'over' } },
        closed: { tags: 'peer', on: { 'peer.back': 'returning' } },
        /** Their page is there again, and has no call yet. */
        returning: {
          tags: 'peer',
          on: { 'path.mended': 'over', 'call.ended': 'fine', 'peer.away': [{ guard: 'isClosing', target: 'closed' }, { target: 'told' }] },
          after: { returnPatience: 'over' },
        },
        over: {
          tags: 'peer',
          on: { 'peer.away': [{ guard: 'isClosing', target: 'closed' }, { target: 'told' }] },
          after: { noticeKept: 'fine' },
        },
      },
    },
    /** Our own line to the server. */
    link: {
      initial: 'fine',
      states: {
        fine: { on: { 'link.lost': 'doubted' } },
        doubted: { on: { 'link.mended': 'fine' }, after: { linkShown: 'told' } },
        /** Where the way is missed, too, both are one word: it goes on without this part. */
        told: { tags: 'link', on: { 'link.mended': [{ guard: 'isPathSaid', target: 'fine' }, { target: 'over' }] } },
        over: { tags: 'link', on: { 'link.lost': 'told' }, after: { noticeKept: 'fine' } },
      },
    },
  },
})
