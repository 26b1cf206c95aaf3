import { TokenBucket } from '../../common/tokenBucket.ts'
import { texts } from '../../i18n/texts.ts'
import type { Session } from '../../session/callSession.ts'
import { doorTexts } from '../door/texts.ts'
import { type Earcon, playEarcon } from './earcons.ts'
import { type PresenceChange, readPresence, selectPresenceChange } from './presenceChange.ts'
import { showNotification } from './systemNotification.ts'
import { callTexts } from './texts.ts'

type WatchedSession = Pick<Session, 'membership' | 'call' | 'attention' | 'mediaView' | 'names' | 'content'>

/** Sounds and notifications of chat texts. A peer that writes fast makes one every two seconds. */
const textSignalSize = { burst: 2, perSecond: 0.5 }

/** Browsers without installed web apps have no badge. */
type BadgeNavigator = Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>

/**
 * Signals each change of presence, and each chat text that the person does not see, with a sound. A hidden page also
 * shows a system notification. It counts both in its title and in the badge of its app. These end when the page is
 * visible again. Returns its stop function.
 */
export function signalPresence(session: WatchedSession): () => void {
  const { membership, call, attention, mediaView, names, content } = session
  const read = () => readPresence(membership.getSnapshot(), call.getSnapshot())
  let presence = read()
  let closeNotification = (): void => undefined

  const titleOf = (change: PresenceChange): string => {
    if (change === 'knocked') return doorTexts.atDoor(membership.getSnapshot().context.visitor?.name ?? '')
    return change === 'left' && names.peer ? texts.named.left(names.peer) : callTexts.presence[change]
  }

  const play = (earcon: Earcon): void => {
    if (attention.isOn('sounds')) playEarcon(earcon, mediaView.speakerId)
  }

  const notify = (title: string, onClick?: () => void): void => {
    closeNotification()
    closeNotification = attention.isOn('notifications') ? showNotification(title, onClick) : () => undefined
  }

  const countUnseen = (): void => {
    attention.unseenCount += 1
    setBadge(attention.unseenCount)
  }

  const signal = (change: PresenceChange): void => {
    play(change)
    if (!document.hidden) return
    countUnseen()
    notify(titleOf(change))
  }

  const textSignals = new TokenBucket(textSignalSize)
  /** The notification has no text of the peer, because a locked screen shows it. */
  const signalText = (isPanelShown: boolean): void => {
    const isSeen = isPanelShown && !document.hidden
    if (document.hidden) countUnseen()
    if (isSeen || !textSignals.take(1)) return
    play('written')
    if (!document.hidden) return
    const title = names.peer ? callTexts.chat.arrivedFrom(names.peer) : callTexts.chat.arrived
    notify(title, () => content.openPanel('chat'))
  }

  let stopChat = (): void => undefined
  const watchChat = (): void => {
    stopChat()
    const actor = content.current?.chat.actor
    if (actor)
      stopChat = actor.on('text.arrived', () => signalText(actor.getSnapshot().context.isPanelShown)).unsubscribe
  }

  const update = (): void => {
    const before = presence
    presence = read()
    const change = selectPresenceChange(before, presence)
    if (change) signal(change)
  }

  const clear = (): void => {
    if (attention.unseenCount > 0) setBadge(0)
    attention.unseenCount = 0
    closeNotification()
  }
  const clearWhenVisible = (): void => {
    if (!document.hidden) clear()
  }

  const subscriptions = [membership.subscribe(update), call.subscribe(update)]
  const stopContent = content.subscribe(watchChat)
  watchChat()
  document.addEventListener('visibilitychange', clearWhenVisible)
  // A visitor may be at the door already: after a reload, or while this part was loading.
  if (presence.visitorId !== null) signal('knocked')
  return () => {
    for (const each of subscriptions) each.unsubscribe()
    stopContent()
    stopChat()
    document.removeEventListener('visibilitychange', clearWhenVisible)
    clear()
  }
}

function setBadge(count: number): void {
  const { setAppBadge, clearAppBadge } = navigator as BadgeNavigator
  const done = count > 0 ? setAppBadge?.call(navigator, count) : clearAppBadge?.call(navigator)
  // A page that is not installed has no badge.
  done?.catch(() => undefined)
}
