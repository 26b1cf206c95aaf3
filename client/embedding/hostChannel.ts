import type { SnapshotFrom } from 'xstate'
import type { membershipMachine } from '../../machines/membership/membershipMachine.ts'
import type { Inbox } from '../common/framing.ts'
import type { Session } from '../session/callSession.ts'
import { isFrameAncestor, readFrameAncestors } from './frameAncestors.ts'
import { type LeftReason, type MessageToHost, parseMessageToFrame, withVersion } from './frameMessages.ts'

/** The parts of `window` that the channel uses. */
export interface FrameWindow {
  readonly parent: Pick<Window, 'postMessage'>
  readonly location: Pick<Location, 'origin'>
  readonly document: Pick<Document, 'querySelector'>
}

/**
 * Connects the room in a frame with the page that embeds it (docs/embedding.md). The room answers only its parent, and
 * only an origin that the server lets embed. It sends nothing before `hello`, because only a received message shows the
 * origin of the parent in every browser. Returns its stop function.
 */
export function connectHost(
  { room, membership, missingFeature }: Pick<Session, 'room' | 'membership' | 'missingFeature'>,
  inbox: Inbox<MessageEvent<unknown>>,
  page: FrameWindow = window,
): () => void {
  const ancestors = readFrameAncestors(page.document)
  let hostOrigin: string | null = null
  let place: Place = 'outside'

  const post = (message: MessageToHost): void => {
    if (hostOrigin !== null) page.parent.postMessage(withVersion(message), hostOrigin)
  }

  const onMessage = ({ source, origin, data }: MessageEvent<unknown>): void => {
    if (source !== page.parent || !isFrameAncestor(origin, ancestors, page.location.origin)) return
    const message = parseMessageToFrame(data)
    if (message?.type === 'leave') membership.send({ type: 'user.hungUp' })
    if (message?.type !== 'hello') return
    hostOrigin = origin
    post({ type: 'ready' })
    if (place === 'joined') post({ type: 'joined', room })
    if (missingFeature) post({ type: 'error', code: 'unsupported' })
  }

  inbox(onMessage)
  const subscription = membership.subscribe((snapshot) => {
    const previous = place
    place = readPlace(snapshot)
    if (place === previous) return
    if (place === 'joined') return post({ type: 'joined', room })
    if (place === 'rejected') post({ type: 'error', code: snapshot.context.code ?? 'internal' })
    if (previous === 'joined' && place !== 'outside') post({ type: 'left', reason: place })
  })
  return () => {
    inbox(() => undefined)
    subscription.unsubscribe()
  }
}

/** Where the user is. `outside`: in the lobby, or on the way in. */
type Place = 'outside' | 'joined' | LeftReason

const leftReasons: readonly LeftReason[] = ['byUser', 'byPeer', 'rejected', 'replaced']

const readPlace = (snapshot: SnapshotFrom<typeof membershipMachine>): Place =>
  snapshot.matches('joined')
    ? 'joined'
    : (leftReasons.find((reason) => snapshot.matches({ left: reason })) ?? 'outside')
