import type { ActorRefFrom } from 'xstate'
import type { deviceMachine } from '../../machines/media/deviceMachine.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { isDeviceSent } from './toggleDevice.ts'

/** The device machines of one page. */
export interface DeviceActors {
  microphone: ActorRefFrom<typeof deviceMachine>
  camera: ActorRefFrom<typeof deviceMachine>
  screen: ActorRefFrom<typeof deviceMachine>
}

/** Returns which devices this page sends. A muted device counts as not sent. */
export function readMediaState({ microphone, camera, screen }: DeviceActors): MediaState {
  return {
    microphone: isDeviceSent(microphone.getSnapshot()),
    camera: isDeviceSent(camera.getSnapshot()),
    screen: isDeviceSent(screen.getSnapshot()),
  }
}

/** Calls the listener when the media state changes. Returns its stop function. */
export function onMediaStateChange(devices: DeviceActors, listener: () => void): () => void {
  let last = JSON.stringify(readMediaState(devices))
  const compare = (): void => {
    const sent = JSON.stringify(readMediaState(devices))
    if (sent === last) return
    last = sent
    listener()
  }
  const subscriptions = [devices.microphone, devices.camera, devices.screen].map((device) => device.subscribe(compare))
  return () => subscriptions.forEach((each) => each.unsubscribe())
}
