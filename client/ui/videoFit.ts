export interface Size {
  width: number
  height: number
}

/** What part of a video may be cut off so that it fills the screen: faces are in the middle, but not that much. */
const maxCropRatio = 0.3

/** `contain` shows all of a video, `cover` fills the frame with it. A shared screen is to be read to its edges. */
export function videoFit(video: Size, frame: Size, isScreen: boolean): 'contain' | 'cover' {
  if (isScreen || !video.height || !frame.height) return 'contain'
  const [videoRatio, frameRatio] = [video.width / video.height, frame.width / frame.height]
  return 1 - Math.min(videoRatio, frameRatio) / Math.max(videoRatio, frameRatio) <= maxCropRatio ? 'cover' : 'contain'
}
