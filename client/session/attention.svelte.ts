import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'

/** A means to get the person's attention that the person can switch off. */
export type AttentionMeans = 'sounds' | 'notifications'

/** The person's choice of sounds and notifications, and the changes in the room that they have not seen. */
export class Attention {
  /** Changes of the peer's presence while the page is hidden. The title shows the number. */
  unseenCount = $state(0)
  #areSoundsOn: boolean
  #areNotificationsOn: boolean
  readonly #storage: KeyValueStorage | undefined

  constructor(storage: KeyValueStorage | undefined) {
    this.#storage = storage
    this.#areSoundsOn = $state(getStored(storage, 'sounds') !== 'off')
    this.#areNotificationsOn = $state(getStored(storage, 'notifications') !== 'off')
  }

  /** Returns the choice; true until the person switches the means off. */
  isOn(means: AttentionMeans): boolean {
    return means === 'sounds' ? this.#areSoundsOn : this.#areNotificationsOn
  }

  /** Switches a means on or off, and stores the choice for all rooms. */
  set(means: AttentionMeans, isOn: boolean): void {
    if (means === 'sounds') this.#areSoundsOn = isOn
    else this.#areNotificationsOn = isOn
    setStored(this.#storage, means, isOn ? 'on' : 'off')
  }

  /** Returns the title of the page, with the number of unseen changes in front of it: `(1) Waiting · Duet`. */
  withBadge(title: string): string {
    return this.unseenCount > 0 ? `(${this.unseenCount}) ${title}` : title
  }
}
