import { texts } from '../../i18n/texts.ts'
import type { Session } from '../../session/callSession.ts'
import { doorTexts } from '../door/texts.ts'
import { playEarcon } from './earcons.ts'
import { type PresenceChange, readPresence, selectPresenceChange } from './presenceChange.ts'
import { showNotification } from './systemNotification.ts'
import { callTexts } from './texts.ts'

type WatchedSession = Pick<Session, 'membership' | 'call' | 'attention' | 'mediaView' | 'names'>

/** Browsers without installed web apps have no badge. */
type BadgeNavigator = Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>

/**
 * Signals each change of presence with a sound. A hidden page also shows a system notification. It counts the changes
 * in its title and in the badge of its app. These end when the page is visible again. Returns its stop function.
 */
export function signalPresence({ membership, call, attention, mediaView, names }: WatchedSession): () => void {
  const read = () => readPresence(membership.getSnapshot(), call.getSnapshot())
  let presence = read()
  let closeNotification = (): void => undefined

  const titleOf = (change: PresenceChange): string => {
    if (change === 'knocked') return doorTexts.atDoor(membership.getSnapshot().context.visitor?.name ?? '')
    return change === 'left' && names.peer ? texts.named.left(names.peer) : callTexts.presence[change]
  }

  const signal = (change: PresenceChange): void => {
    if (attention.isOn('sounds')) playEarcon(change, mediaView.speakerId)
    if (!document.hidden) return
    attention.unseenCount += 1
    setBadge(attention.unseenCount)
    closeNotification()
    closeNotification = attention.isOn('notifications') ? showNotification(titleOf(change)) : () => undefined
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
  document.addEventListener('visibilitychange', clearWhenVisible)
  // A visitor may be at the door already: after a reload, or while this part was loading.
  if (presence.visitorId !== null) signal('knocked')
  return () => {
    for (const each of subscriptions) each.unsubscribe()
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
