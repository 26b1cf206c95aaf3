import { expect, test } from 'vitest'
import type { CallFact } from '../../../machines/call/callEvents.ts'
import { call } from '../../../machines/call/callMachine.ts'
import type { PeerMessage } from '../../../machines/protocol/messages.ts'
import type { Visit } from '../../server/people.ts'
import { startWorld, type World } from '../../server/world.ts'
import { exploration } from './callMachine.graph.ts'
import { beginning, shortestPaths, type Step, take, wayTo } from '../graph.ts'

/** The call's paths with a real server between its two ends: all that one end says, and all that it hears, crosses real sockets. */

const heard = ['offer', 'answer', 'candidate', 'bye'] as const

/** What the other end said, where a fact is of that kind. */
function messageOf({ type, ...rest }: CallFact): PeerMessage | null {
  const name = heard.find((each) => `${each}.received` === type)
  return name ? { type: name, ...rest } as PeerMessage : null
}

const factOf = ({ type, ...rest }: PeerMessage): CallFact => ({ type: `${type}.received`, ...rest }) as CallFact

/** No path needs its own candidates to get anywhere, so each gathers one at its end. */
function withCandidate(path: Step<typeof call>[]): Step<typeof call>[] {
  const end = path.at(-1)
  const gathered = end && exploration.events(end.after).find(({ type }) => type === 'candidate.gathered')
  return gathered ? [...path, take(call, end.after, gathered, end)] : path
}

async function carry(from: Visit, to: Visit, message: PeerMessage): Promise<PeerMessage> {
  const arrives = to.hears('message')
  await from.say(message)
  return (await arrives).message
}

/** Walks these paths with two visitors, and tells which kinds of messages they said and heard. */
async function walk(world: World, room: string, paths: Step<typeof call>[][]): Promise<{ said: string[]; heard: string[] }> {
  const [end, otherEnd] = [world.person().visit(room), world.person().visit(room)]
  for (const each of [end, otherEnd]) await each.joined()
  for (const each of [end, otherEnd]) await each.hears('ready')
  const kinds = { said: [] as string[], heard: [] as string[] }
  for (const path of paths) {
    let model = beginning(call)
    for (const step of path) {
      const message = messageOf(step.event)
      if (message) kinds.heard.push(message.type)
      const event = message ? factOf(await carry(otherEnd, end, message)) : step.event
      const { after, effects } = take(call, model, event)
      expect({ value: after.value, context: after.context }, wayTo(step)).toEqual({ value: step.after.value, context: step.after.context })
      for (const effect of effects) {
        if (effect.type !== 'message.said') continue
        expect(await carry(end, otherEnd, effect.message), wayTo(step)).toEqual(effect.message)
        kinds.said.push(effect.message.type)
      }
      model = after
    }
  }
  expect([end.unread, otherEnd.unread]).toEqual([[], []])
  return kinds
}

/** Each waits for what it said to arrive; meanwhile the others go on. */
const couples = 8

test('on every shortest path the server carries what a call says and hears, whole and in order', async () => {
  const world = await startWorld({ limits: { serverPing: 1e9, messageBurst: 1e9 } })
  const paths = shortestPaths(call, exploration).map(withCandidate)
  const shares = Array.from({ length: couples }, (_, which) => paths.filter((_path, number) => number % couples === which))
  const kinds = await Promise.all(shares.map((share, which) => walk(world, `paths-${which}`, share)))
  expect(new Set(kinds.flatMap(({ said }) => said))).toEqual(new Set(heard))
  expect(new Set(kinds.flatMap((each) => each.heard))).toEqual(new Set(heard))
})
