import { removeStored, getStored, setStored, openStorage } from '../common/storage.ts'

/** Setting for single-key shortcuts. They interfere with speech input, so they can be turned off (WCAG 2.1.4). */
export class KeyboardShortcuts {
  readonly #storage = openStorage('localStorage')
  #isEnabled = $state(getStored(this.#storage, 'shortcuts') !== 'off')

  /** True unless the user turned the shortcuts off in this browser. Reactive; a change is stored. */
  get isEnabled(): boolean {
    return this.#isEnabled
  }

  set isEnabled(isEnabled: boolean) {
    this.#isEnabled = isEnabled
    if (isEnabled) removeStored(this.#storage, 'shortcuts')
    else setStored(this.#storage, 'shortcuts', 'off')
  }
}
