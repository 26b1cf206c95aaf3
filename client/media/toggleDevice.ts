import type { ActorRefFrom, SnapshotFrom } from 'xstate'
import type { deviceMachine } from '../../machines/media/deviceMachine.ts'

type Device = ActorRefFrom<typeof deviceMachine>
type Snapshot = SnapshotFrom<typeof deviceMachine>

/** True if the device is live and the user has not muted it. */
export const isDeviceOn = (snapshot: Snapshot): boolean =>
  snapshot.matches('live') && !snapshot.matches({ live: 'muted' })

/** True if the peer receives the device: it is on, and the browser has not muted its track. */
export const isDeviceSent = (snapshot: Snapshot): boolean => isDeviceOn(snapshot) && !snapshot.context.isTrackMuted

/** Handles the microphone button. A muted microphone stays captured, so that unmuting takes effect at once. */
export function toggleMicrophone(microphone: Device): void {
  const snapshot = microphone.getSnapshot()
  if (snapshot.matches('requesting')) return
  if (isDeviceOn(snapshot)) microphone.send({ type: 'user.muted' })
  else microphone.send({ type: snapshot.matches('live') ? 'user.unmuted' : 'user.switchedOn' })
}

/** Handles the camera and screen buttons. Switching off releases the device, so its light goes off. */
export function toggleVideo(device: Device): void {
  const snapshot = device.getSnapshot()
  device.send({
    type: snapshot.matches('live') || snapshot.matches('requesting') ? 'user.switchedOff' : 'user.switchedOn',
  })
}
