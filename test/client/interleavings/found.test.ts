import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { socketActor } from '../../../client/signaling/signalingActor.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import { settle } from './judge.ts'
import { prompt } from './socket.ts'
import { type Step, Surfer } from './surfer.ts'

/** What the schedules have found, each told once in its plainest form. */

let surfer: Surfer

beforeEach(() => {
  vi.useFakeTimers()
  surfer = new Surfer(prompt, { link, socketActor })
})
afterEach(() => {
  surfer.actor.stop()
  surfer.house.close()
  vi.useRealTimers()
})

async function live(...steps: Step[]): Promise<void> {
  for (const step of steps) {
    await settle()
    await surfer.carryOut(step)
    await settle()
  }
}

const enter: Step = { do: 'enter', isBack: false }
const second: Step = { do: 'pass', milliseconds: 1_000 }
const flowing: Step = { do: 'flow', media: 'flowing' }
const reported = () => surfer.house.ear.get('a')?.media

describe('a report', () => {
  test.each(['throttle', 'break'] as const)('that the server could not take is said again (%s)', async (trouble) => {
    await live(enter, { do: 'speak' }, { do: trouble, calls: 1 }, flowing)
    expect(reported()).toBe('stopped')
    await live(second)
    expect(reported()).toBe('flowing')
  })

  test('that was refused is not said again once it is old', async () => {
    await live(enter, { do: 'speak' }, { do: 'throttle', calls: 1 }, flowing, { do: 'flow', media: 'stopped' }, second)
    expect(reported()).toBe('stopped')
  })

  test('that was refused says nothing about the next seat', async () => {
    await live(enter, { do: 'speak' }, { do: 'throttle', calls: 1 }, flowing, { do: 'rejoin' }, second)
    expect(reported()).toBe('stopped')
  })

  test('of media that stopped while the line was gone is made when it is back', async () => {
    await live(enter, { do: 'speak' }, flowing)
    expect(reported()).toBe('flowing')
    await live({ do: 'cut' }, { do: 'flow', media: 'stopped' }, second)
    expect(surfer.actor.getSnapshot().value).toEqual({ online: 'seated' })
    expect(reported()).toBe('stopped')
  })
})

test('a line on which a good-bye was never answered ends without a word to the one after it', async () => {
  const eight = Array<Step>(8).fill(second)
  await live(enter, { do: 'freeze' }, { do: 'rejoin' }, ...eight, { do: 'pass', milliseconds: 1 })
  expect(surfer.house.sockets.map(({ isLive }) => isLive)).toEqual([true, true])
  await live(second, { do: 'say' }, second)
  expect(surfer.house.sockets.map(({ isLive }) => isLive)).toEqual([false, true])
  expect(surfer.outbox.size).toBe(0)
})
