import { expect, test } from 'vitest'
import { runEventLoop } from '../../../turn/engine/eventLoop.ts'

/** How long the engine may wait for a packet: Node's event loop stands still during that time. */

const maxWaitMs = 100

/** Runs the loop. @param results of the turns: -1 after work of Node @returns the timeout of each turn, in ms */
function timeoutsOf(results: readonly number[], hasWork: () => boolean = () => false): Promise<number[]> {
  const timeouts: number[] = []
  return new Promise((resolve) => {
    const turn = (timeoutMs: number): number => {
      timeouts.push(timeoutMs)
      if (timeouts.length < results.length) return results[timeouts.length - 1]!
      stop()
      resolve(timeouts)
      return 0
    }
    const stop = runEventLoop({ turn }, hasWork)
  })
}

test('after an event of Node, three turns do not wait, because an event may cause work for the next turns', async () => {
  const waiting = [0, 0, 0, maxWaitMs]
  expect(await timeoutsOf([0, 0, 0, 0, -1, 0, 0, 0, 0])).toEqual([...waiting, maxWaitMs, ...waiting])
})

test('while JavaScript has work that no descriptor shows, no turn waits', async () => {
  expect(await timeoutsOf(Array<number>(9).fill(0), () => true)).toEqual(Array(9).fill(0))
})

test('a stopped loop has no further turn', async () => {
  let turns = 0
  const stop = runEventLoop({ turn: () => (turns++, 0) }, () => true)
  stop()
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  expect(turns).toBe(0)
})
