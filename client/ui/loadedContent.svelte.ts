import { createSubscriber } from 'svelte/reactivity'
import type { Content } from '../content/content.ts'
import type { LazyContent } from '../content/lazyContent.ts'

/** Makes the content reactive whose code loads later. */
export class LoadedContent {
  readonly #lazy: LazyContent
  readonly #subscribe: () => void

  constructor(lazy: LazyContent) {
    this.#lazy = lazy
    this.#subscribe = createSubscriber((update) => lazy.subscribe(update))
  }

  /** Null until the code is loaded. Reading it in an effect or template subscribes to it. */
  get current(): Content | null {
    this.#subscribe()
    return this.#lazy.current
  }
}
