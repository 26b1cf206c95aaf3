export interface Size { width: number; height: number }

/** What part of a picture may be cut off so that it fills the screen: faces are in the middle, but not that much. */
const expendable = 0.3

/** `contain` shows all of a picture, `cover` fills the frame with it. A shared screen is to be read to its edges. */
export function fitOf(picture: Size, frame: Size, isScreen: boolean): 'contain' | 'cover' {
  if (isScreen || !picture.height || !frame.height) return 'contain'
  const [one, other] = [picture.width / picture.height, frame.width / frame.height]
  return 1 - Math.min(one, other) / Math.max(one, other) <= expendable ? 'cover' : 'contain'
}
