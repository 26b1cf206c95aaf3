import { fromCallback } from 'xstate'
import type { Continuity } from '../../client/verification/continuity.ts'
import type { ConnectionFact, ConnectionInput, ConnectionOrder } from '../../machines/call/callEvents.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import { Ether, Peer } from '../client/webrtc/fakeNetwork.ts'
import { type Page, Tab } from '../client/session/page.ts'
import type { World } from '../server/world.ts'

/** A call from its first visitor to its end, as it went over a real server, drawn for machines/README.md. */

/** Where the second to have a way has it when the test says so: then it is certain who reports first. */
class OneByOne extends Ether {
  #held: (() => void)[] = []
  #isHeld = true

  override readonly connectionOf = (continuity: Pick<Continuity, 'exchange'>) => fromCallback<ConnectionOrder, ConnectionInput, ConnectionFact>(({ input, receive, sendBack }) => {
    const isSecond = this.peers.length > 0
    const peer = new Peer(this, continuity, input.connection, this.peers.length + 1, (fact) => {
      if (isSecond && this.#isHeld && fact.type !== 'answer.made' && fact.type !== 'candidate.gathered') this.#held.push(() => sendBack(fact))
      else sendBack(fact)
    })
    this.peers.push(peer)
    receive((order) => peer.obey(order))
    return () => peer.close()
  })

  release(): void {
    this.#isHeld = false
    for (const report of this.#held.splice(0)) report()
  }
}

export interface Run { a: readonly TraceLine[]; b: readonly TraceLine[] }

export async function runCall(world: World): Promise<Run> {
  const ether = new OneByOne()
  const open = (): Page => new Tab(world.server.url, 'den', ether).open()
  const a = open()
  a.join()
  await reads(a, ({ event }) => event === 'candidate.relayed')
  const b = open()
  b.join()
  await reads(a, ({ machine, event }) => machine === 'room' && event === 'media.flowed')
  ether.release()
  await Promise.all([a, b].map((page) => reads(page, ({ machine, facts }) => machine === 'link' && facts.what === 'full')))
  await reads(b, ({ facts }) => facts.what === 'media')
  a.call.send({ type: 'user.hungUp' })
  a.visit.send({ type: 'user.left' })
  await reads(b, ({ facts }) => facts.what === 'peer.left')
  await reads(b, ({ event }) => event === 'holder.left')
  const run = { a: [...a.recorder.lines], b: [...b.recorder.lines] }
  a.dispose()
  b.dispose()
  return run
}

function reads({ recorder }: Page, isIt: (line: TraceLine) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = recorder.subscribe((line) => { if (isIt(line)) done() })
    const done = (): void => { stop(); resolve() }
    if (recorder.lines.some(isIt)) done()
  })
}

export function sequenceOf({ a, b }: Run): string {
  const heard = { a: newsOf(a), b: newsOf(b) }
  const said = new Map<string, number>()
  const lines = ['sequenceDiagram', 'participant A as A, who is first', 'participant S as server', 'participant B as B, who is second']
  let state = 'empty'
  for (const line of inOrder(serverLines(a, b))) {
    const seat = line.facts.seat === 'a' ? 'a' : 'b'
    const what = line.event.replace(/\.relayed$/, '')
    if (what === 'media.flowed' && !said.has('a media.flowed')) lines.push('Note over A,B: ICE, DTLS, media: not through the server')
    lines.push(`${seat.toUpperCase()}->>S: ${what}`)
    said.set(`${seat} ${what}`, (said.get(`${seat} ${what}`) ?? 0) + 1)
    if (line.state !== state) lines.push(`Note over S: ${line.state}`)
    state = line.state
    for (const ear of seat === 'a' ? ['a', 'b'] as const : ['b', 'a'] as const) {
      while (heard[ear][0] && isToBeHeard(heard[ear][0], ear, said, state)) lines.push(`S->>${ear.toUpperCase()}: ${heard[ear].shift()?.text}`)
    }
  }
  return lines.map((line, at) => (at === 0 ? line : `  ${line}`)).join('\n')
}

interface News { what: string; text: string; nth: number }

/** What a page's link got, in its order. */
function newsOf(lines: readonly TraceLine[]): News[] {
  const counts = new Map<string, number>()
  return lines.filter(({ place, machine, facts }) => place === 'here' && machine === 'link' && facts.what !== undefined).map(({ facts }) => {
    const what = String(facts.what)
    counts.set(what, (counts.get(what) ?? 0) + 1)
    return { what, nth: counts.get(what) ?? 0, text: what === 'joined' ? `joined (seat ${facts.seat}, peer ${facts.peer})` : what }
  })
}

/** Nothing is heard before it is said; what the room itself tells, before it is so. */
function isToBeHeard({ what, nth }: News, ear: 'a' | 'b', said: Map<string, number>, state: string): boolean {
  const other = ear === 'a' ? 'b' : 'a'
  if (what === 'joined') return said.has(`${ear} visitor.entered`)
  if (what === 'ready' || what === 'full') return state === what
  if (what === 'peer.left') return said.has(`${other} holder.left`)
  return (said.get(`${other} ${what}`) ?? 0) >= nth
}

const serverLines = (a: readonly TraceLine[], b: readonly TraceLine[]): TraceLine[] => {
  const [toA, toB] = [a, b].map((lines) => lines.filter(({ machine }) => machine === 'room')) as [TraceLine[], TraceLine[]]
  const end = (lines: TraceLine[]): number => lines.findIndex(({ state }) => state === 'full') + 1
  // Whether the one who stays still gets a word in before the other's seat is free is chance.
  return [...toA.slice(0, end(toA)), ...toB.slice(end(toB)).filter(({ facts }) => facts.seat === 'a')]
}

/** What both say at the same time comes in any order: B's first, who has just come. Each one's own order stays. */
function inOrder(lines: TraceLine[]): TraceLine[] {
  const rank = (line: TraceLine): number => {
    const isAfterB = lines.indexOf(line) >= lines.findIndex(({ event, facts }) => event === 'visitor.entered' && facts.seat === 'b')
    if (line.event === 'media.flowed') return line.facts.seat === 'a' ? 4 : 5
    if (lines.indexOf(line) > lines.findIndex(({ state }) => state === 'full')) return 6
    return !isAfterB ? 1 : line.facts.seat === 'b' ? 2 : 3
  }
  return lines.map((line) => ({ line, rank: rank(line) })).sort((x, y) => x.rank - y.rank).map(({ line }) => line)
}
