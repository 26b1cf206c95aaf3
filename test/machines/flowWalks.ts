import { acts, type Act, flowOf } from './flow.ts'
import { walksOf } from './walks.ts'

/** Who walks, and on how many paths. */

const guest: readonly Act[] = ['joins', 'hangsUp']
/** What a browser can be made to do by its own buttons, its tabs and its cable. */
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

/** One to whom everything happens that can happen to a browser, and one who comes and goes. */
export const couple = walksOf(flowOf({ a: browsed, b: guest }), { guests: ['b'] })
/** One to whom everything happens, and two who come and go: the third finds the room full. */
export const crowd = walksOf(flowOf({ a: acts, b: guest, c: guest }), { guests: ['b', 'c'], longest: 100 })
/** Two to whom everything happens. */
export const pair = walksOf(flowOf({ a: acts, b: acts }), { longest: 100 })
