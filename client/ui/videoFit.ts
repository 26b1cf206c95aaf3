/** In CSS pixels or video pixels: only the ratio counts. */
export interface Size {
  width: number
  height: number
}

/** Maximum share of a video that `cover` may crop. Faces are near the middle, so more would cut them off. */
const maxCropRatio = 0.3

/** The same for an upright phone, where all of a wide video would fill a quarter of the screen. */
const maxPhoneCropRatio = 0.5

/**
 * Returns the height that a wide video may fill in an upright frame, in CSS pixels. At most half of its width is then
 * cropped. Null if it may fill the frame.
 */
export function croppedHeight(video: Size, frame: Size): number | null {
  if (!video.height || frame.height <= frame.width) return null
  const height = Math.round(frame.width / ((video.width / video.height) * (1 - maxPhoneCropRatio)))
  return height < frame.height ? height : null
}

/** Returns `contain` to show all of a video or `cover` to fill the frame. A shared screen is never cropped. */
export function videoFit(video: Size, frame: Size, isScreen: boolean): 'contain' | 'cover' {
  if (isScreen || !video.height || !frame.height) return 'contain'
  if (frame.height > frame.width && video.width > video.height) return 'cover'
  const [videoRatio, frameRatio] = [video.width / video.height, frame.width / frame.height]
  return 1 - Math.min(videoRatio, frameRatio) / Math.max(videoRatio, frameRatio) <= maxCropRatio ? 'cover' : 'contain'
}
