/** Frequencies of the two tones, in Hz, and the length of each, in seconds. */
const tones = [659, 523]
const toneSeconds = 0.18
const volume = 0.15

/** Plays two soft tones. Does nothing if the browser blocks sound. */
export function playDoorbell(): void {
  if (!('AudioContext' in globalThis)) return
  const context = new AudioContext()
  const gain = new GainNode(context, { gain: volume })
  gain.connect(context.destination)
  tones.forEach((frequency, index) => {
    const tone = new OscillatorNode(context, { frequency })
    tone.connect(gain)
    tone.start(context.currentTime + index * toneSeconds)
    tone.stop(context.currentTime + (index + 1) * toneSeconds)
    if (index === tones.length - 1) tone.onended = () => void context.close().catch(() => undefined)
  })
}

/** Returns whether this page may notify; null if the browser cannot. */
export const notificationPermission = (): NotificationPermission | null =>
  'Notification' in globalThis ? Notification.permission : null

/** Shows a notification if the page is hidden and the user allowed it. Returns its close function. */
export function notifyIfHidden(title: string): () => void {
  if (!document.hidden || notificationPermission() !== 'granted') return () => undefined
  try {
    const notification = new Notification(title, { tag: 'duet-door' })
    notification.onclick = () => {
      focus()
      notification.close()
    }
    return () => notification.close()
  } catch {
    // Chromium on Android allows notifications only from a service worker.
    return () => undefined
  }
}
