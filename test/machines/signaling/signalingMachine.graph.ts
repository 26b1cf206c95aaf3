import type { SnapshotFrom } from 'xstate'
import type { LinkFact } from '../../../machines/signaling/signalingEvents.ts'
import { link } from '../../../machines/signaling/signalingMachine.ts'
import type { Joined } from '../../../machines/protocol/messages.ts'
import { type Exploration, waitsIn } from '../graph.ts'

export type Snapshot = SnapshotFrom<typeof link>

const joined: Joined = {
  type: 'joined', room: 'den', seat: 'a', role: 'impolite', token: 'token-1', epoch: 1, resumed: false, peer: 'absent',
  state: 'created', said: 0, iceServers: [], lifetimeMs: 1_000,
}
export const given = (resumed = false): LinkFact => ({ type: 'seat.given', position: 'e.1', seat: { ...joined, resumed } })
export const refused = (code: Extract<LinkFact, { type: 'visit.refused' }>['code']): LinkFact =>
  ({ type: 'visit.refused', code, chance: 0.5, key: 'fresh key' })
export const asked = { type: 'entry.asked', key: 'key', token: null } as const satisfies LinkFact
export const closed: LinkFact = { type: 'socket.closed', chance: 0.5 }

export const facts: LinkFact[] = [
  { type: 'page.opened' }, { type: 'page.closed' }, { type: 'network.changed' },
  asked, { ...asked, token: 'stored' }, { type: 'seat.released' }, { type: 'seat.abandoned' },
  { type: 'flow.reported', media: 'flowing' }, { type: 'flow.reported', media: 'stopped' }, { type: 'line.doubted' }, { type: 'line.proven' },
  { type: 'socket.opened' }, closed, given(), given(true), { type: 'leave.heard' },
  { type: 'news.read', position: 'e.2', news: { type: 'ready' } }, { type: 'news.read', position: 'e.3', news: { type: 'drain', delayMs: 100 } },
  refused('full'), refused('seat-lost'), refused('unavailable'), refused('throttled'),
]

export const keyOf = ({ value, context: { key, token, former, position, media, attempts } }: Snapshot): string =>
  JSON.stringify([value, key, token, former, position, media, Math.min(attempts, 2)])

/** Whatever comes, and whatever is waited for; a drain that was told of is due at any time. */
export const exploration: Exploration<typeof link> = {
  input: { room: 'den' }, key: keyOf,
  events: (before) => [...facts, { type: 'drain.due' }, ...waitsIn(before) as unknown as LinkFact[]],
}
