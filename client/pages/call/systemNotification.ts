import { appPath } from '../../common/basePath.ts'

/** Returns whether this page may notify; null if the browser cannot. */
export const notificationPermission = (): NotificationPermission | null =>
  (globalThis as { Notification?: typeof Notification }).Notification?.permission ?? null

/**
 * Shows a system notification if the user allowed it. It replaces an earlier one. Returns its close function.
 * @param onClick called when the user selects it, after the page has the focus
 */
export function showNotification(title: string, onClick: () => void = () => undefined): () => void {
  if (notificationPermission() !== 'granted') return () => undefined
  try {
    const notification = new Notification(title, { tag: 'duet', icon: appPath('/icon-192.png') })
    notification.onclick = () => {
      focus()
      notification.close()
      onClick()
    }
    return () => notification.close()
  } catch {
    // Chromium on Android allows notifications only from a service worker.
    return () => undefined
  }
}
