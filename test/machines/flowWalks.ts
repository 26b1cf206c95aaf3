import { acts, type Act, flowOf } from './flow.ts'
import { walksOf } from './walks.ts'

/** The walks, and their people. */

const guest: readonly Act[] = ['joins', 'hangsUp']
/** Actions that a browser can take by its buttons, its tabs and its cable. */
const browsed: readonly Act[] = [
  'joins',
  'hangsUp',
  'switchesMicrophone',
  'reloads',
  'losesLink',
  'linkReturns',
  'closesTab',
  'comesBack',
]

/** One person with all actions of a browser, and one who joins and hangs up. */
export const couple = walksOf(flowOf({ a: browsed, b: guest }), { guests: ['b'] })
/** One person with all actions, and two who join and hang up: the third finds the room full. */
export const crowd = walksOf(flowOf({ a: acts, b: guest, c: guest }), { guests: ['b', 'c'], longest: 100 })
/** Two people with all actions. */
export const pair = walksOf(flowOf({ a: acts, b: acts }), { longest: 100 })
