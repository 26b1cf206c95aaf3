import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { call } from '../../machines/call/callMachine.ts'
import type { notice, NoticeFact } from '../../machines/status/statusBannerMachine.ts'
import type { quality } from '../../machines/status/qualityMachine.ts'
import type { visit } from '../../machines/membership/membershipMachine.ts'

interface Watched {
  call: ActorRefFrom<typeof call>
  visit: ActorRefFrom<typeof visit>
  notice: ActorRefFrom<typeof notice>
  quality: ActorRefFrom<typeof quality>
}

/** What goes wrong and takes care of itself, by what it is to a person. */
export type Word = 'peer' | 'theirs' | 'path' | 'own' | 'line' | 'server'

type Calling = SnapshotFrom<typeof call>
type Visiting = SnapshotFrom<typeof visit>

/** Tells of trouble as it comes and goes in the others' states. Returns its undo. */
export function watchTrouble({ call, visit, notice, quality }: Watched): () => void {
  const tell = (fact: NoticeFact): void => notice.send(fact)
  const lose = (fact: NoticeFact): void => {
    tell(fact)
    quality.send({ type: 'path.lost' })
  }
  const stops = [
    follow(call, pathIn, { lost: () => lose({ type: 'path.lost' }), flowing: () => tell({ type: 'path.mended' }), none: () => lose({ type: 'call.ended' }) }),
    follow(visit, peerIn, {
      away: () => tell({ type: 'peer.away', closes: false }), closed: () => tell({ type: 'peer.away', closes: true }),
      here: () => tell({ type: 'peer.back' }), renewed: () => tell({ type: 'peer.renewed' }), absent: () => tell({ type: 'peer.left' }),
    }),
    follow(visit, linkIn, { lost: () => tell({ type: 'link.lost' }), held: () => tell({ type: 'link.mended' }) }),
  ]
  return () => { for (const stop of stops) stop() }
}

/** The one word that weighs most; null: nothing that would be worth one. */
export function wordOf(noticed: SnapshotFrom<typeof notice>, calling: Calling): Word | null {
  if (noticed.hasTag('peer')) return isInterrupted(noticed, calling) ? 'peer' : 'theirs'
  if (noticed.hasTag('path')) return noticed.hasTag('link') ? 'own' : 'path'
  if (!noticed.hasTag('link')) return null
  return withoutLine[pathIn(calling)]
}

/** True where the person was told that nothing arrives from the other side. */
export const isMissed = (noticed: SnapshotFrom<typeof notice>, calling: Calling): boolean =>
  (noticed.hasTag('path') || noticed.hasTag('peer')) && isInterrupted(noticed, calling)

/** Whether it is more than their line to the server that is away. */
const isInterrupted = (noticed: SnapshotFrom<typeof notice>, calling: Calling): boolean =>
  pathIn(calling) !== 'flowing' || noticed.matches({ peer: 'closed' }) || noticed.matches({ peer: 'returning' })

/** What it is not to reach the server, by whether there is a call that does without. */
const withoutLine = { none: 'line', flowing: 'server', lost: 'own' } as const satisfies Record<string, Word>

function pathIn(snapshot: Calling): keyof typeof withoutLine {
  if (!snapshot.matches('connected')) return 'none'
  return snapshot.matches({ connected: 'flowing' }) ? 'flowing' : 'lost'
}

const peerIn = ({ context: { peer, page } }: Visiting): 'here' | 'renewed' | 'away' | 'closed' | 'absent' => (page === 'open' ? peer : page)

const linkIn = (snapshot: Visiting): 'held' | 'lost' => (snapshot.matches({ inside: 'offline' }) ? 'lost' : 'held')

interface Followed<T> {
  getSnapshot(): T
  subscribe(listener: (snapshot: T) => void): { unsubscribe(): void }
}

/** Calls what is named after the state that an actor comes to. */
function follow<T, S extends string>(actor: Followed<T>, stateIn: (snapshot: T) => S, changed: Record<S, () => void>): () => void {
  let last = stateIn(actor.getSnapshot())
  const subscription = actor.subscribe((snapshot) => {
    const now = stateIn(snapshot)
    if (now === last) return
    last = now
    changed[now]()
  })
  return () => subscription.unsubscribe()
}
