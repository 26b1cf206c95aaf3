import { appPath } from '../common/basePath.ts'
import { type KeyValueStorage, getStored, setStored } from '../common/storage.ts'

/** Why a part of the page did not load. */
export type LoadFailure = 'updated' | 'unreachable'

/** The page and browser functions that `Release` uses. */
export interface ReleaseParts {
  /** The entry script that this page's HTML names; null if it has none. */
  entry: string | null
  /** Resolves with the HTML that the server serves now. */
  fetchPage(): Promise<string>
  /** Stores the entry for which this tab has reloaded itself. */
  storage: KeyValueStorage | undefined
  reload(): void
}

const reloadedForKey = 'reloaded-for'
/** Timeout of one load, in ms. A browser may keep a stalled load open for minutes. */
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

/** Returns the `src` of the first module script in an HTML page; null if there is none. */
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
 * Compares the build of this page with the build on the server. Every lazily loaded part comes through `load`: after
 * an upgrade its file is gone, and the network is not the cause.
 */
export class Release {
  /** Why the last `load` failed; null if it succeeded or none was made. */
  failure: LoadFailure | null = $state(null)
  /** The server has another build. */
  hasUpdate = $state(false)
  /** True once this page reloads itself. */
  isReloading = false
  readonly #parts: ReleaseParts
  #servedEntry: string | null = null

  constructor(parts: ReleaseParts) {
    this.#parts = parts
  }

  /**
   * Loads a part. May be called again after a failure.
   * @throws the error of the import, or a timeout after 15 s; `failure` then holds the reason
   */
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

  /** Fetches the page and updates `hasUpdate`. Never rejects. */
  async checkForUpdate(): Promise<LoadFailure> {
    const served = await this.#parts.fetchPage().then(parseEntryScript, () => null)
    this.hasUpdate = served !== null && this.#parts.entry !== null && served !== this.#parts.entry
    this.#servedEntry = served
    return this.hasUpdate ? 'updated' : 'unreachable'
  }

  /**
   * Reloads the page, at most once per new build. A proxy that serves a mix of two builds causes no loop. Call it only
   * outside a call.
   */
  reloadOnce(): void {
    const { storage } = this.#parts
    const servedEntry = this.#servedEntry
    if (!this.hasUpdate || servedEntry === null || getStored(storage, reloadedForKey) === servedEntry) return
    setStored(storage, reloadedForKey, servedEntry)
    // Without storage this tab cannot detect that it has reloaded already.
    if (getStored(storage, reloadedForKey) === servedEntry) this.reload()
  }

  /** Reloads the page without a question, also during a call. */
  reload(): void {
    this.isReloading = true
    this.#parts.reload()
  }
}

/** Creates the `Release` of this document. It fetches the home page with a timeout of 10 s. */
export function createRelease(page: Document, storage: KeyValueStorage | undefined): Release {
  return new Release({
    entry: page.querySelector('script[type=module][src]')?.getAttribute('src') ?? null,
    storage,
    reload: () => page.location.reload(),
    async fetchPage() {
      const response = await fetch(appPath('/'), { cache: 'no-store', signal: AbortSignal.timeout(10_000) })
      if (!response.ok) throw new Error(`GET / returned status ${response.status}`)
      return response.text()
    },
  })
}
