import { fromCallback } from 'xstate'
import type { Continuity } from '../../client/verification/continuity.ts'
import type { PeerConnectionEvent, PeerConnectionInput, PeerConnectionCommand } from '../../machines/call/callEvents.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import { FakeNetwork, FakePeer } from '../client/webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from '../client/session/sessionPage.ts'
import type { ServerFixture } from '../server/serverFixture.ts'

/** Draws a call over a real server, from the first visitor to the end, for machines/README.md. */

/**
 * Delays the second peer's transport events until the test releases them, so the order of the media reports is fixed.
 */
class OrderedNetwork extends FakeNetwork {
  #held: (() => void)[] = []
  #isHeld = true

  override readonly createConnectionActor = (continuity: Pick<Continuity, 'exchangeSecrets'>) =>
    fromCallback<PeerConnectionCommand, PeerConnectionInput, PeerConnectionEvent>(({ input, receive, sendBack }) => {
      const isSecond = this.peers.length > 0
      const peer = new FakePeer(this, continuity, input.connection, this.peers.length + 1, (fact) => {
        if (isSecond && this.#isHeld && fact.type !== 'answer.created' && fact.type !== 'candidate.gathered')
          this.#held.push(() => sendBack(fact))
        else sendBack(fact)
      })
      this.peers.push(peer)
      receive((order) => peer.execute(order))
      return () => peer.close()
    })

  release(): void {
    this.#isHeld = false
    for (const report of this.#held.splice(0)) report()
  }
}

/** The trace entries of both pages. */
export interface Run {
  a: readonly TraceEntry[]
  b: readonly TraceEntry[]
}

/** Runs a call of two pages over a real server until one hangs up. */
export async function runCall(world: ServerFixture): Promise<Run> {
  const network = new OrderedNetwork()
  const open = (): SessionPage => new SessionTab(world.server.url, 'den', network).open()
  const a = open()
  a.join()
  await reads(a, ({ event }) => event === 'candidate.relayed')
  const b = open()
  b.join()
  await reads(a, ({ machine, event }) => machine === 'room' && event === 'media.started')
  network.release()
  await Promise.all(
    [a, b].map((page) => reads(page, ({ machine, fields }) => machine === 'signaling' && fields.kind === 'full')),
  )
  await reads(b, ({ fields }) => fields.kind === 'media')
  a.membership.send({ type: 'user.hungUp' })
  await Promise.all([a.waitUntilLeft('byUser'), b.waitUntilLeft('byPeer'), world.waitForLog('holder.left', 2)])
  const run = { a: [...a.recorder.entries], b: [...b.recorder.entries] }
  a.dispose()
  b.dispose()
  return run
}

function reads({ recorder }: SessionPage, isIt: (line: TraceEntry) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = recorder.subscribe((line) => {
      if (isIt(line)) done()
    })
    const done = (): void => {
      stop()
      resolve()
    }
    if (recorder.entries.some(isIt)) done()
  })
}

/** Returns a Mermaid sequence diagram of the call. */
export function sequenceOf({ a, b }: Run): string {
  const unread = { a: newsOf(a), b: newsOf(b) }
  const sentCounts = new Map<string, number>()
  const lines = [
    'sequenceDiagram',
    'participant A as A (joins first)',
    'participant S as server',
    'participant B as B (joins second)',
  ]
  let state = 'empty'
  for (const line of inOrder(serverLines(a))) {
    const seat = line.fields.seat === 'a' ? 'a' : 'b'
    const what = line.event.replace(/\.relayed$/, '')
    if (what === 'media.started' && !sentCounts.has('a media.started'))
      lines.push('Note over A,B: ICE, DTLS and media bypass the server')
    lines.push(`${seat.toUpperCase()}->>S: ${what}`)
    sentCounts.set(`${seat} ${what}`, (sentCounts.get(`${seat} ${what}`) ?? 0) + 1)
    if (line.state !== state) lines.push(`Note over S: ${line.state}`)
    state = line.state
    for (const receiver of seat === 'a' ? (['a', 'b'] as const) : (['b', 'a'] as const)) {
      while (unread[receiver][0] && shouldReceive(unread[receiver][0], receiver, sentCounts, state))
        lines.push(`S->>${receiver.toUpperCase()}: ${unread[receiver].shift()?.text}`)
    }
  }
  return [...lines, ...ending].map((line, at) => (at === 0 ? line : `  ${line}`)).join('\n')
}

/** `runCall` waits for these events. The server sends no trace to a page that has left, so they are not in the trace. */
const ending = [
  'A->>S: hangup',
  'S->>B: hangup',
  'Note over A,B: the hang-up also goes over the data channel',
  'A->>S: holder.left',
  'B->>S: holder.left',
  'Note over S: empty',
]

interface News {
  what: string
  text: string
  nth: number
}

/** The messages that a page received over its signaling connection, in order. */
function newsOf(lines: readonly TraceEntry[]): News[] {
  const counts = new Map<string, number>()
  return lines
    .filter(({ place, machine, fields }) => place === 'here' && machine === 'signaling' && fields.kind !== undefined)
    .map(({ fields }) => {
      const what = String(fields.kind)
      counts.set(what, (counts.get(what) ?? 0) + 1)
      return {
        what,
        nth: counts.get(what) ?? 0,
        text: what === 'joined' ? `joined (seat ${fields.seat}, peer ${fields.peer})` : what,
      }
    })
}

/** No message arrives before it was sent, and no room event before its state. */
function shouldReceive(
  { what, nth }: News,
  receiver: 'a' | 'b',
  sentCounts: Map<string, number>,
  state: string,
): boolean {
  const other = receiver === 'a' ? 'b' : 'a'
  if (what === 'joined') return sentCounts.has(`${receiver} visitor.joined`)
  if (what === 'ready' || what === 'full') return state === what
  return (sentCounts.get(`${other} ${what}`) ?? 0) >= nth
}

/** The server's trace until media flows in both directions. */
function serverLines(lines: readonly TraceEntry[]): TraceEntry[] {
  const served = lines.filter(({ machine }) => machine === 'room')
  return served.slice(0, served.findIndex(({ state }) => state === 'full') + 1)
}

/** Concurrent messages arrive in any order, so B's come first, who has just joined. The order of each page stays. */
function inOrder(lines: TraceEntry[]): TraceEntry[] {
  const rank = (line: TraceEntry): number => {
    const isAfterB =
      lines.indexOf(line) >= lines.findIndex(({ event, fields }) => event === 'visitor.joined' && fields.seat === 'b')
    if (line.event === 'media.started') return line.fields.seat === 'a' ? 4 : 5
    return !isAfterB ? 1 : line.fields.seat === 'b' ? 2 : 3
  }
  return lines
    .map((line) => ({ line, rank: rank(line) }))
    .sort((x, y) => x.rank - y.rank)
    .map(({ line }) => line)
}
