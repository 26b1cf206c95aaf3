/** A camera as `enumerateDevices` lists it. Firefox has no `getCapabilities` there. */
export type ListedCamera = Pick<MediaDeviceInfo, 'deviceId' | 'label'> & {
  getCapabilities?(): { facingMode?: string[] }
}

type Facing = 'user' | 'environment'

/** Returns the direction of a camera (Media Capture §11.3), from its label if necessary; null if it is unknown. */
export function facingOf(camera: ListedCamera): Facing | null {
  const [reported] = camera.getCapabilities?.().facingMode ?? []
  if (reported === 'user' || reported === 'environment') return reported
  if (/\b(back|rear|environment)\b/i.test(camera.label)) return 'environment'
  return /\b(front|user|facetime)\b/i.test(camera.label) ? 'user' : null
}

/**
 * Returns the id of the first camera that faces the other way; null if there is none. `current`: the id and the reported
 * direction of the live camera.
 */
export function findOppositeCamera(
  cameras: readonly ListedCamera[],
  current: Pick<MediaTrackSettings, 'deviceId' | 'facingMode'> | undefined,
): string | null {
  const listed = cameras.find(({ deviceId }) => deviceId === current?.deviceId)
  const facing = current?.facingMode ?? (listed && facingOf(listed))
  if (facing !== 'user' && facing !== 'environment') return null
  const opposite = facing === 'user' ? 'environment' : 'user'
  return cameras.find((camera) => facingOf(camera) === opposite)?.deviceId ?? null
}
