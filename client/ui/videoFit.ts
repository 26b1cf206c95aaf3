/** In CSS pixels or video pixels: only the ratio counts. */
export interface Size {
  width: number
  height: number
}

/** Maximum share of a video that `cover` may crop. Faces are near the middle, so more would cut them off. */
const maxCropRatio = 0.3

/** Returns `contain` to show all of a video or `cover` to fill the frame. A shared screen is never cropped. */
export function videoFit(video: Size, frame: Size, isScreen: boolean): 'contain' | 'cover' {
  if (isScreen || !video.height || !frame.height) return 'contain'
  const [videoRatio, frameRatio] = [video.width / video.height, frame.width / frame.height]
  return 1 - Math.min(videoRatio, frameRatio) / Math.max(videoRatio, frameRatio) <= maxCropRatio ? 'cover' : 'contain'
}
