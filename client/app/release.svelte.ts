import { type Memory, recall, remember } from '../common/storage.ts'

/** Why a part of the page did not load. */
export type LoadFailure = 'updated' | 'unreachable'

export interface ReleaseParts {
  /** The entry script of this page, as its HTML names it; null where it cannot be told. */
  entry: string | null
  /** Resolves with the HTML that the server gives now. */
  fetchPage(): Promise<string>
  /** Remembers for which entry this tab reloaded itself. */
  memory: Memory | undefined
  reload(): void
}

const note = 'reloaded-for'
/** In milliseconds. A browser itself may wait for minutes before it gives a stalled load up. */
const loadLimitMs = 15_000

/** Rejects after `loadLimitMs`. */
async function limited<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a part of the page did not load within ${loadLimitMs} ms`)), loadLimitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/** The entry script that a page's HTML names; null: none. */
export function entryIn(html: string): string | null {
  const tags = html.match(/<script\b[^>]*>/g) ?? []
  return tags.filter((tag) => /\btype="module"/.test(tag)).map((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1] ?? null).find((entry) => entry !== null) ?? null
}

/**
 * Which build of Duet this page is, and whether the server has another by now. Every part that is loaded late comes through `load`:
 * after an upgrade its file is gone, and the cause is not the network.
 */
export class Release {
  /** The newest failure of `load`; null: none, or the part came at the next try. */
  failure: LoadFailure | null = $state(null)
  /** The server has another build. */
  isUpdated = $state(false)
  readonly #parts: ReleaseParts
  #newest: string | null = null

  constructor(parts: ReleaseParts) {
    this.#parts = parts
  }

  /** Rejects where the part does not load within 15 s; `failure` then says why. May be called again. */
  async load<T>(part: () => Promise<T>): Promise<T> {
    try {
      const loaded = await limited(part())
      this.failure = null
      return loaded
    } catch (error) {
      this.failure = await this.look()
      throw error
    }
  }

  /** Asks the server for its build. */
  async look(): Promise<LoadFailure> {
    const served = await this.#parts.fetchPage().then(entryIn, () => null)
    this.isUpdated = served !== null && this.#parts.entry !== null && served !== this.#parts.entry
    this.#newest = served
    return this.isUpdated ? 'updated' : 'unreachable'
  }

  /** Reloads a page that is in no call, once for each new build: a proxy that serves a mix of two builds causes no loop. */
  reloadOnce(): void {
    const { memory, reload } = this.#parts
    const newest = this.#newest
    if (!this.isUpdated || newest === null || recall(memory, note) === newest) return
    remember(memory, note, newest)
    // Without storage this tab could not tell that it has reloaded already.
    if (recall(memory, note) === newest) reload()
  }
}

/** The release of this page. */
export function releaseOf(page: Document, memory: Memory | undefined): Release {
  return new Release({
    entry: page.querySelector('script[type=module][src]')?.getAttribute('src') ?? null,
    memory,
    reload: () => page.location.reload(),
    async fetchPage() {
      const response = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(10_000) })
      if (!response.ok) throw new Error(`the page is answered with ${response.status}`)
      return response.text()
    },
  })
}
