import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'

/** Why a part of the page did not load. */
export type LoadFailure = 'updated' | 'unreachable'

export interface ReleaseParts {
  /** The entry script of this page, as its HTML names it; null where it cannot be told. */
  entry: string | null
  /** Resolves with the HTML that the server gives now. */
  fetchPage(): Promise<string>
  /** Remembers for which entry this tab reloaded itself. */
  storage: KeyValueStorage | undefined
  reload(): void
}

const reloadedForKey = 'reloaded-for'
/** In milliseconds. A browser itself may wait for minutes before it gives a stalled load up. */
const loadTimeoutMs = 15_000

/** Rejects after `loadTimeoutMs`. */
async function withLoadTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`a part of the page did not load within ${loadTimeoutMs} ms`)),
      loadTimeoutMs,
    )
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** The entry script that a page's HTML names; null: none. */
export function parseEntryScript(html: string): string | null {
  const tags = html.match(/<script\b[^>]*>/g) ?? []
  return (
    tags
      .filter((tag) => /\btype="module"/.test(tag))
      .map((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1] ?? null)
      .find((entry) => entry !== null) ?? null
  )
}

/**
 * Which build of Duet this page is, and whether the server has another by now. Every part that is loaded late comes through `load`:
 * after an upgrade its file is gone, and the cause is not the network.
 */
export class Release {
  /** The newest failure of `load`; null: none, or the part came at the next try. */
  failure: LoadFailure | null = $state(null)
  /** The server has another build. */
  hasUpdate = $state(false)
  readonly #parts: ReleaseParts
  #servedEntry: string | null = null

  constructor(parts: ReleaseParts) {
    this.#parts = parts
  }

  /** Rejects where the part does not load within 15 s; `failure` then says why. May be called again. */
  async load<T>(part: () => Promise<T>): Promise<T> {
    try {
      const loaded = await withLoadTimeout(part())
      this.failure = null
      return loaded
    } catch (error) {
      this.failure = await this.checkForUpdate()
      throw error
    }
  }

  /** Asks the server for its build. */
  async checkForUpdate(): Promise<LoadFailure> {
    const served = await this.#parts.fetchPage().then(parseEntryScript, () => null)
    this.hasUpdate = served !== null && this.#parts.entry !== null && served !== this.#parts.entry
    this.#servedEntry = served
    return this.hasUpdate ? 'updated' : 'unreachable'
  }

  /** Reloads a page that is in no call, once for each new build: a proxy that serves a mix of two builds causes no loop. */
  reloadOnce(): void {
    const { storage, reload } = this.#parts
    const servedEntry = this.#servedEntry
    if (!this.hasUpdate || servedEntry === null || getStored(storage, reloadedForKey) === servedEntry) return
    setStored(storage, reloadedForKey, servedEntry)
    // Without storage this tab could not tell that it has reloaded already.
    if (getStored(storage, reloadedForKey) === servedEntry) reload()
  }
}

/** The release of this page. */
export function createRelease(page: Document, storage: KeyValueStorage | undefined): Release {
  return new Release({
    entry: page.querySelector('script[type=module][src]')?.getAttribute('src') ?? null,
    storage,
    reload: () => page.location.reload(),
    async fetchPage() {
      const response = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(10_000) })
      if (!response.ok) throw new Error(`the page is answered with ${response.status}`)
      return response.text()
    },
  })
}
