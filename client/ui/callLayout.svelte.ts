import { getStored, openStorage, removeStored, setStored, type KeyValueStorage } from '../common/storage.ts'
import { type Corner, isCorner, nextCorner } from './corner.ts'

/** The place of a video: all of the window, one half of it, a corner, or none. */
export type Placement = 'full' | 'half' | 'small' | 'hidden'

/** The choices of a person about the two videos. */
export interface LayoutChoice {
  isSwapped: boolean
  isSideBySide: boolean
  isOwnHidden: boolean
}

/**
 * Returns the place of the local and the remote video in a call. A shared screen takes the window, so the videos then
 * are not swapped and not side by side.
 */
export function placeVideos(
  { isSwapped, isSideBySide, isOwnHidden }: LayoutChoice,
  hasScreen: boolean,
): { local: Placement; remote: Placement } {
  if (isOwnHidden) return { local: 'hidden', remote: 'full' }
  if (hasScreen) return { local: 'small', remote: 'full' }
  if (isSideBySide) return { local: 'half', remote: 'half' }
  return isSwapped ? { local: 'full', remote: 'small' } : { local: 'small', remote: 'full' }
}

/**
 * How a person arranges the videos. This browser remembers the corner, the mirror and *Side by side*; this tab
 * remembers *Hide*, so that nobody forgets their camera in a later call. Reactive.
 */
export class CallLayout implements LayoutChoice {
  readonly #local: KeyValueStorage | undefined
  readonly #session: KeyValueStorage | undefined
  #corner: Corner = $state('bottom-right')
  #isMirrored = $state(true)
  #isSideBySide = $state(false)
  #isOwnHidden = $state(false)
  /** The local video is large, and the remote one small. */
  isSwapped = $state(false)

  constructor(local = openStorage('localStorage'), session = openStorage('sessionStorage')) {
    this.#local = local
    this.#session = session
    const corner = getStored(local, 'corner')
    if (isCorner(corner)) this.#corner = corner
    this.#isMirrored = getStored(local, 'mirror') !== 'off'
    this.#isSideBySide = getStored(local, 'sideBySide') === 'on'
    this.#isOwnHidden = getStored(session, 'ownHidden') === 'on'
  }

  /** The corner of the small video. */
  get corner(): Corner {
    return this.#corner
  }

  set corner(corner: Corner) {
    this.#corner = corner
    setStored(this.#local, 'corner', corner)
  }

  /** The local video is a mirror image on this page. The peer never sees one. */
  get isMirrored(): boolean {
    return this.#isMirrored
  }

  set isMirrored(isMirrored: boolean) {
    this.#isMirrored = isMirrored
    store(this.#local, 'mirror', isMirrored ? null : 'off')
  }

  /** Both videos have the same size. */
  get isSideBySide(): boolean {
    return this.#isSideBySide
  }

  set isSideBySide(isSideBySide: boolean) {
    this.#isSideBySide = isSideBySide
    store(this.#local, 'sideBySide', isSideBySide ? 'on' : null)
  }

  /** The local video is not shown. The peer still sees it. */
  get isOwnHidden(): boolean {
    return this.#isOwnHidden
  }

  set isOwnHidden(isOwnHidden: boolean) {
    this.#isOwnHidden = isOwnHidden
    store(this.#session, 'ownHidden', isOwnHidden ? 'on' : null)
  }

  /** Exchanges the large and the small video. */
  readonly swap = (): void => {
    this.isSwapped = !this.isSwapped
  }

  /** Moves the small video to the next corner. */
  readonly moveToNextCorner = (): void => {
    this.corner = nextCorner(this.corner)
  }
}

/** Stores a value; removes it for null. */
function store(storage: KeyValueStorage | undefined, key: string, value: string | null): void {
  if (value === null) removeStored(storage, key)
  else setStored(storage, key, value)
}
