import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Inbox } from '../../../client/signaling/inbox.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomEvent } from '../../../machines/protocol/messages.ts'
import { candidate } from '../../server/testClient.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const joined = { type: 'joined' } as RoomEvent
const log = { type: 'room.trace', entry: {} } as RoomEvent
const trace: RoomEvent = { type: 'message', message: { type: 'trace.entries', sentAtMs: 0, entries: [] } as never }
const resync: RoomEvent = { type: 'resync' }
const message = (n: number): RoomEvent => ({ type: 'message', message: candidate('a1.1', n) })

type Letter = [position: string, event: RoomEvent]

function open() {
  const read: Letter[] = []
  const onGap = vi.fn()
  const inbox = new Inbox({ onEvent: (position, event) => void read.push([position, event]), onGap })
  return {
    inbox,
    read,
    onGap,
    take: (...letters: Letter[]) => {
      for (const letter of letters) inbox.receive(...letter)
    },
  }
}

/** The events of one subscription in server order: messages, and some events without a number of their own. */
const deliveries = fc
  .array(fc.constantFrom('message', 'room.trace', 'trace.entries'), { maxLength: 40 })
  .map((kinds) => {
    let n = 7
    return [
      ['e.7', joined],
      ...kinds.map((kind): Letter =>
        kind === 'message' ? [`e.${++n}`, message(n)] : [`e.${n}`, kind === 'room.trace' ? log : trace],
      ),
    ] as Letter[]
  })

test('numbered events are delivered once and in order, and the position is never ahead of a gap', () => {
  fc.assert(
    fc.property(deliveries, fc.infiniteStream(fc.nat(5)), fc.infiniteStream(fc.nat(2)), (letters, delays, copies) => {
      const { take, read, onGap } = open()
      const arriving = letters.flatMap((letter, index) =>
        Array.from({ length: 1 + copies.next().value }, () => ({ letter, at: index + delays.next().value })),
      )
      for (const { letter } of arriving.sort((one, other) => one.at - other.at)) take(letter)
      const isNumbered = ([, event]: Letter): boolean => event !== log && event !== trace
      expect(read.filter(isNumbered)).toEqual(letters.filter(isNumbered))
      let n = 7
      for (const [position, event] of read) {
        if (event.type === 'message' && event !== trace) n += 1
        expect(position).toBe(`e.${n}`)
      }
      vi.advanceTimersByTime(timeouts.gapTimeoutMs)
      expect(onGap).not.toHaveBeenCalled()
    }),
    { numRuns: 500 },
  )
})

describe('gap', () => {
  test('a gap that is not filled within gapTimeoutMs is reported once', () => {
    const { take, onGap } = open()
    take(['e.0', joined], ['e.2', message(2)], ['e.3', message(3)])
    vi.advanceTimersByTime(timeouts.gapTimeoutMs - 1)
    expect(onGap).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(onGap).toHaveBeenCalledOnce()
  })

  test('a gap that is filled in time is not reported', () => {
    const { take, read, onGap } = open()
    take(['e.0', joined], ['e.2', message(2)], ['e.1', message(1)])
    vi.advanceTimersByTime(timeouts.gapTimeoutMs)
    expect(onGap).not.toHaveBeenCalled()
    expect(read).toHaveLength(3)
  })

  test('a gap with more buffered events than mailboxMessages is reported at once', () => {
    const { take, onGap } = open()
    take(
      ['e.0', joined],
      ...Array.from({ length: limits.mailboxMessages + 1 }, (_, index): Letter => [`e.${index + 2}`, message(index)]),
    )
    expect(onGap).toHaveBeenCalledOnce()
  })

  test('a gap is not reported after close', () => {
    const { inbox, take, onGap } = open()
    take(['e.0', joined], ['e.2', message(2)])
    inbox.close()
    vi.advanceTimersByTime(timeouts.gapTimeoutMs)
    expect(onGap).not.toHaveBeenCalled()
  })
})

describe('after a resync', () => {
  test('digest events without numbers are delivered, then the numbers continue from the newest', () => {
    const { take, read } = open()
    const letters: Letter[] = [
      ['e.3', joined],
      ['e.3', resync],
      ['e.3', { type: 'peer.disconnected', pageClosing: false }],
      ['e.9', { type: 'full' }],
      ['e.10', message(10)],
    ]
    take(...letters, ['e.10', message(10)], ['e.12', message(12)], ['e.11', message(11)])
    expect(read).toEqual([...letters, ['e.11', message(11)], ['e.12', message(12)]])
  })

  test('a repeated resync is dropped', () => {
    const { take, read } = open()
    const letters: Letter[] = [
      ['e.3', joined],
      ['e.3', resync],
      ['e.4', message(4)],
      ['e.5', message(5)],
    ]
    take(...letters, ['e.3', resync], ['e.5', message(5)])
    expect(read).toEqual(letters)
  })

  test('a new mailbox starts its numbers again', () => {
    const { take, read } = open()
    take(['old.7', joined], ['new.0', resync], ['new.1', message(1)], ['new.2', message(2)])
    expect(read.map(([position]) => position)).toEqual(['old.7', 'new.0', 'new.1', 'new.2'])
  })
})

test('nothing is delivered before joined, and joined is delivered once', () => {
  const { take, read } = open()
  take(['e.1', message(1)], ['e.0', joined], ['e.0', joined])
  expect(read).toEqual([
    ['e.0', joined],
    ['e.1', message(1)],
  ])
})
