import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { deviceMachine } from '../../machines/media/deviceMachine.ts'

type Device = ActorRefFrom<typeof deviceMachine>
type Snapshot = SnapshotFrom<typeof deviceMachine>

/** The person wants it to be seen or heard, and it is live. */
export const isDeviceOn = (snapshot: Snapshot): boolean =>
  snapshot.matches('live') && !snapshot.matches({ live: 'muted' })

/** The other side sees it, or hears it. */
export const isDeviceSent = (snapshot: Snapshot): boolean => isDeviceOn(snapshot) && !snapshot.context.isTrackMuted

/** What a person means who presses the microphone's button: it stays ours while muted, to speak again at once. */
export function toggleMicrophone(microphone: Device): void {
  const snapshot = microphone.getSnapshot()
  if (snapshot.matches('requesting')) return
  if (isDeviceOn(snapshot)) microphone.send({ type: 'user.muted' })
  else microphone.send({ type: snapshot.matches('live') ? 'user.unmuted' : 'user.switchedOn' })
}

/** The camera's and the screen's button: off is off, and so is the light. */
export function toggleVideo(device: Device): void {
  const snapshot = device.getSnapshot()
  device.send({
    type: snapshot.matches('live') || snapshot.matches('requesting') ? 'user.switchedOff' : 'user.switchedOn',
  })
}
