import { removeStored, getStored, setStored, openStorage } from '../common/storage.ts'

/** Keys that act without Ctrl get into the way of who speaks to the computer: they can be switched off (WCAG 2.1.4). */
export class KeyboardShortcuts {
  readonly #storage = openStorage('localStorage')
  #isEnabled = $state(getStored(this.#storage, 'shortcuts') !== 'off')

  get isEnabled(): boolean {
    return this.#isEnabled
  }

  set isEnabled(isEnabled: boolean) {
    this.#isEnabled = isEnabled
    if (isEnabled) removeStored(this.#storage, 'shortcuts')
    else setStored(this.#storage, 'shortcuts', 'off')
  }
}
