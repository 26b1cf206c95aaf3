/** A private file system and its locks in memory: as much of File System §2 and Web Locks §4 as the parts need. */

class FileInMemory {
  readonly kind = 'file'
  blob = new Blob()
  lastModified = Date.now()

  createWritable() {
    let written: Blob
    return Promise.resolve({
      write: async (blob: Blob) => void (written = blob),
      close: async () => void (this.blob = written),
    })
  }

  getFile() {
    return Promise.resolve(Object.assign(this.blob, { lastModified: this.lastModified }))
  }
}

/** A folder. The test may delay what reads its entries. */
export class FolderInMemory {
  readonly kind = 'directory'
  readonly entries = new Map<string, FolderInMemory | FileInMemory>()
  isRemoved = false
  beforeRead: () => Promise<void> = () => Promise.resolve()

  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<FolderInMemory> {
    return this.#get(name, () => new FolderInMemory(), options) as Promise<FolderInMemory>
  }

  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileInMemory> {
    return this.#get(name, () => new FileInMemory(), options) as Promise<FileInMemory>
  }

  async removeEntry(name: string): Promise<void> {
    const removed = this.entries.get(name)
    if (removed instanceof FolderInMemory) removed.isRemoved = true
    if (!this.entries.delete(name)) throw missing()
    return Promise.resolve()
  }

  async *keys(): AsyncGenerator<string> {
    await this.beforeRead()
    yield* [...this.entries.keys()]
  }

  async *values(): AsyncGenerator<FolderInMemory | FileInMemory> {
    await this.beforeRead()
    yield* [...this.entries.values()]
  }

  async #get(name: string, create: () => FolderInMemory | FileInMemory, options?: { create?: boolean }) {
    if (this.isRemoved || (!this.entries.has(name) && !options?.create)) throw missing()
    const found = this.entries.get(name) ?? create()
    this.entries.set(name, found)
    return Promise.resolve(found)
  }
}

const missing = (): Error => new DOMException('no such entry', 'NotFoundError')

type Mode = 'shared' | 'exclusive'
type Callback = (lock: { name: string } | null) => unknown

/** The locks of an origin. */
export class LocksInMemory {
  #held: { name: string; mode: Mode }[] = []
  #waiting: (() => void)[] = []

  query(): Promise<{ held: { name: string }[] }> {
    return Promise.resolve({ held: this.#held })
  }

  async request(name: string, ...rest: [Callback] | [{ mode?: Mode; ifAvailable?: boolean }, Callback]) {
    const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest
    const { mode = 'exclusive', ifAvailable = false } = options
    const isFree = (): boolean =>
      this.#held.every((each) => each.name !== name || (each.mode === 'shared' && mode === 'shared'))
    if (!isFree() && ifAvailable) return callback(null)
    while (!isFree()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const lock = { name, mode }
    this.#held.push(lock)
    try {
      return await callback(lock)
    } finally {
      this.#held = this.#held.filter((each) => each !== lock)
      for (const wake of this.#waiting.splice(0)) wake()
    }
  }
}
