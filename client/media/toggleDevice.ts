import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { device } from '../../machines/media/deviceMachine.ts'

type Device = ActorRefFrom<typeof device>
type Snapshot = SnapshotFrom<typeof device>

/** The person wants it to be seen or heard, and it is live. */
export const isOn = (snapshot: Snapshot): boolean => snapshot.matches('live') && !snapshot.matches({ live: 'muted' })

/** The other side sees it, or hears it. */
export const isSent = (snapshot: Snapshot): boolean => isOn(snapshot) && !snapshot.context.isSilenced

/** What a person means who presses the microphone's button: it stays ours while muted, to speak again at once. */
export function switchMicrophone(microphone: Device): void {
  const snapshot = microphone.getSnapshot()
  if (snapshot.matches('asking')) return
  if (isOn(snapshot)) microphone.send({ type: 'user.muted' })
  else microphone.send({ type: snapshot.matches('live') ? 'user.unmuted' : 'user.switchedOn' })
}

/** The camera's and the screen's button: off is off, and so is the light. */
export function switchPicture(picture: Device): void {
  const snapshot = picture.getSnapshot()
  picture.send({ type: snapshot.matches('live') || snapshot.matches('asking') ? 'user.switchedOff' : 'user.switchedOn' })
}
