import { expect, test } from 'vitest'
import { StreamTurns } from '../../../turn/net/streamTurns.ts'

test('waiting connections are read in round-robin by network, and each until it has no more packets', async () => {
  const turns = new StreamTurns()
  const order: string[] = []
  const reader = (name: string, reads: number) => () => {
    order.push(name)
    return --reads > 0
  }
  const blocked = turns.read('192.0.2.9', (hasTime) => {
    while (hasTime());
    return order.length === 0 && order.push('first') > 0
  })
  const queued = [
    turns.read('192.0.2.1', reader('a1', 3)),
    turns.read('192.0.2.1', reader('a2', 1)),
    turns.read('198.51.100.1', reader('b', 2)),
  ]
  expect([blocked, queued]).toEqual([true, [true, true, true]])
  while (order.length < 7) await new Promise((resolve) => setImmediate(resolve))
  expect(order).toEqual(['first', 'a1', 'b', 'a2', 'b', 'a1', 'a1'])
})
