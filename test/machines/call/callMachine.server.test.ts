import { expect, test } from 'vitest'
import type { CallEvent } from '../../../machines/call/callEvents.ts'
import { callMachine } from '../../../machines/call/callMachine.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import type { TestSubscription } from '../../server/testClient.ts'
import { startServerFixture, type ServerFixture } from '../../server/serverFixture.ts'
import { exploration } from './callMachine.graph.ts'
import { beginning, shortestPaths, type Step, take, wayTo } from '../graph.ts'

/**
 * Runs the call's paths with a real server between the two ends: every message in both directions crosses real sockets.
 */

const received = ['offer', 'answer', 'candidate', 'hangup'] as const

/** The peer's message in this event; null for another event. */
function messageOf({ type, ...rest }: CallEvent): PeerMessage | null {
  const name = received.find((each) => `${each}.received` === type)
  return name ? ({ type: name, ...rest } as PeerMessage) : null
}

const factOf = ({ type, ...rest }: PeerMessage): CallEvent => ({ type: `${type}.received`, ...rest }) as CallEvent

type Path = Step<typeof callMachine>[]

/** No path depends on local candidates, so each path gathers one at its end. */
const withCandidate = (path: Path): Path => withEnd(path, 'candidate.gathered')

/** No path passes through a hang-up, so the first path to each state ends with one. */
const withHangups = (paths: readonly Path[]): Path[] => {
  const ended = new Set<string>()
  return paths.map((path) => {
    const state = JSON.stringify(path.at(-1)?.after.value)
    if (ended.has(state)) return path
    ended.add(state)
    return withEnd(path, 'user.hungUp')
  })
}

function withEnd(path: Path, type: CallEvent['type']): Path {
  const end = path.at(-1)
  const event = end && exploration.events(end.after).find((each) => each.type === type)
  return event ? [...path, take(callMachine, end.after, event, end)] : path
}

async function carry(from: TestSubscription, to: TestSubscription, message: PeerMessage): Promise<PeerMessage> {
  const arrives = to.expectEvent('message')
  await from.send(message)
  return (await arrives).message
}

/** Walks these paths with two visitors; returns the types of the messages sent and received. */
async function walk(
  world: ServerFixture,
  room: string,
  paths: readonly Path[],
): Promise<{ sent: string[]; received: string[] }> {
  const [end, otherEnd] = [world.newClient().join(room), world.newClient().join(room)]
  for (const each of [end, otherEnd]) await each.joined()
  for (const each of [end, otherEnd]) await each.expectEvent('ready')
  const kinds = { sent: [] as string[], received: [] as string[] }
  for (const path of paths) {
    let model = beginning(callMachine)
    for (const step of path) {
      const message = messageOf(step.event)
      if (message) kinds.received.push(message.type)
      const event = message ? factOf(await carry(otherEnd, end, message)) : step.event
      const { after, effects } = take(callMachine, model, event)
      expect({ value: after.value, context: after.context }, wayTo(step)).toEqual({
        value: step.after.value,
        context: step.after.context,
      })
      for (const effect of effects) {
        if (effect.type !== 'message.outgoing') continue
        expect(await carry(end, otherEnd, effect.message), wayTo(step)).toEqual(effect.message)
        kinds.sent.push(effect.message.type)
      }
      model = after
    }
  }
  expect([end.unread, otherEnd.unread]).toEqual([[], []])
  return kinds
}

/** Each pair waits for its messages to arrive; meanwhile the other pairs continue. */
const couples = 8

test('on every shortest path the server relays all messages unchanged and in order', async () => {
  const world = await startServerFixture({
    socketTimeouts: { serverPingIntervalMs: 1e9 },
    limits: { messageBurst: 1e9 },
  })
  const paths = withHangups(shortestPaths(callMachine, exploration).map(withCandidate))
  const shares = Array.from({ length: couples }, (_, which) =>
    paths.filter((_path, number) => number % couples === which),
  )
  const kinds = await Promise.all(shares.map((share, which) => walk(world, `paths-${which}`, share)))
  expect(new Set(kinds.flatMap(({ sent }) => sent))).toEqual(new Set(received))
  expect(new Set(kinds.flatMap((each) => each.received))).toEqual(new Set(received))
})
