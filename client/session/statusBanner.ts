import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { callMachine } from '../../machines/call/callMachine.ts'
import type { statusBannerMachine, StatusBannerEvent } from '../../machines/status/statusBannerMachine.ts'
import type { qualityMachine } from '../../machines/status/qualityMachine.ts'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'

interface StatusSources {
  call: ActorRefFrom<typeof callMachine>
  membership: ActorRefFrom<typeof membershipMachine>
  statusBanner: ActorRefFrom<typeof statusBannerMachine>
  quality: ActorRefFrom<typeof qualityMachine>
}

/** The banners for problems that may resolve themselves. */
export type BannerKind =
  'peerDisconnected' | 'peerSignaling' | 'transport' | 'localNetwork' | 'signaling' | 'signalingDuringCall'

type CallSnapshot = SnapshotFrom<typeof callMachine>
type MembershipSnapshot = SnapshotFrom<typeof membershipMachine>

/** Sends the status banner machine the problems of the other machines. Returns its stop function. */
export function connectStatusBanner({ call, membership, statusBanner, quality }: StatusSources): () => void {
  const send = (event: StatusBannerEvent): void => statusBanner.send(event)
  const sendLoss = (event: StatusBannerEvent): void => {
    send(event)
    quality.send({ type: 'transport.lost' })
  }
  const stops = [
    onStatusChange(call, mediaStatus, {
      lost: () => sendLoss({ type: 'transport.lost' }),
      flowing: () => send({ type: 'transport.restored' }),
      none: () => sendLoss({ type: 'call.ended' }),
    }),
    onStatusChange(membership, peerStatus, {
      disconnected: () => send({ type: 'peer.disconnected', pageClosing: false }),
      closed: () => send({ type: 'peer.disconnected', pageClosing: true }),
      connected: () => send({ type: 'peer.reconnected' }),
      reloaded: () => send({ type: 'peer.reloaded' }),
      absent: () => send({ type: 'peer.left' }),
    }),
    onStatusChange(membership, signalingStatus, {
      lost: () => send({ type: 'signaling.lost' }),
      held: () => send({ type: 'signaling.restored' }),
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** Returns the banner with the highest priority; null if there is none. */
export function selectBanner(banner: SnapshotFrom<typeof statusBannerMachine>, call: CallSnapshot): BannerKind | null {
  if (banner.hasTag('peer')) return isInterrupted(banner, call) ? 'peerDisconnected' : 'peerSignaling'
  if (banner.hasTag('transport')) return banner.hasTag('signaling') ? 'localNetwork' : 'transport'
  if (!banner.hasTag('signaling')) return null
  return serverLossBanner[mediaStatus(call)]
}

/** True if a banner shows that no media arrives from the peer. */
export const isInterruptionShown = (banner: SnapshotFrom<typeof statusBannerMachine>, call: CallSnapshot): boolean =>
  (banner.hasTag('transport') || banner.hasTag('peer')) && isInterrupted(banner, call)

/** True if the peer has lost more than its signaling connection. */
const isInterrupted = (banner: SnapshotFrom<typeof statusBannerMachine>, call: CallSnapshot): boolean =>
  mediaStatus(call) !== 'flowing' || banner.matches({ peer: 'pageClosed' }) || banner.matches({ peer: 'returning' })

/** Banner for a lost server connection, by call state. */
const serverLossBanner = {
  none: 'signaling',
  flowing: 'signalingDuringCall',
  lost: 'localNetwork',
} as const satisfies Record<string, BannerKind>

function mediaStatus(snapshot: CallSnapshot): keyof typeof serverLossBanner {
  if (!snapshot.matches('connected')) return 'none'
  return snapshot.matches({ connected: 'flowing' }) ? 'flowing' : 'lost'
}

const peerStatus = ({
  context: { peer, peerPage: page },
}: MembershipSnapshot): 'connected' | 'reloaded' | 'disconnected' | 'closed' | 'absent' =>
  page === 'open' ? peer : page

const signalingStatus = (snapshot: MembershipSnapshot): 'held' | 'lost' =>
  snapshot.matches({ joined: 'offline' }) ? 'lost' : 'held'

interface Subscribable<T> {
  getSnapshot(): T
  subscribe(listener: (snapshot: T) => void): { unsubscribe(): void }
}

/** Calls the listener of the new status at each status change. Returns its stop function. */
function onStatusChange<T, S extends string>(
  actor: Subscribable<T>,
  readStatus: (snapshot: T) => S,
  listeners: Record<S, () => void>,
): () => void {
  let last = readStatus(actor.getSnapshot())
  const subscription = actor.subscribe((snapshot) => {
    const now = readStatus(snapshot)
    if (now === last) return
    last = now
    listeners[now]()
  })
  return () => subscription.unsubscribe()
}
