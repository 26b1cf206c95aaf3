import { forget, recall, remember, storageOf } from '../common/storage.ts'

/** Keys that act without Ctrl get into the way of who speaks to the computer: they can be switched off (WCAG 2.1.4). */
export class Shortcuts {
  readonly #memory = storageOf('localStorage')
  #isOn = $state(recall(this.#memory, 'shortcuts') !== 'off')

  get isOn(): boolean {
    return this.#isOn
  }

  set isOn(isOn: boolean) {
    this.#isOn = isOn
    if (isOn) forget(this.#memory, 'shortcuts')
    else remember(this.#memory, 'shortcuts', 'off')
  }
}
