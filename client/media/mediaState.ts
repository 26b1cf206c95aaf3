import type { ActorRefFrom } from 'xstate'
import type { device } from '../../machines/media/deviceMachine.ts'
import type { MediaState } from '../../machines/protocol/messages.ts'
import { isSent } from './toggleDevice.ts'

export interface Devices {
  microphone: ActorRefFrom<typeof device>
  camera: ActorRefFrom<typeof device>
  screen: ActorRefFrom<typeof device>
}

/** What this side sends: what reaches the other side as more than silence and black. */
export function sentBy({ microphone, camera, screen }: Devices): MediaState {
  return { microphone: isSent(microphone.getSnapshot()), camera: isSent(camera.getSnapshot()), screen: isSent(screen.getSnapshot()) }
}

/** Calls when that is something else. Returns its undo. */
export function watchSent(devices: Devices, changed: () => void): () => void {
  let last = JSON.stringify(sentBy(devices))
  const look = (): void => {
    const sent = JSON.stringify(sentBy(devices))
    if (sent === last) return
    last = sent
    changed()
  }
  const subscriptions = [devices.microphone, devices.camera, devices.screen].map((device) => device.subscribe(look))
  return () => subscriptions.forEach((each) => each.unsubscribe())
}
