import { contentLimits } from '../../machines/protocol/contentLimits.ts'

/** Stores the parts of received files. A part is written once, as a whole. */
export interface PartStore {
  /** Whether the parts survive a reload of the page. */
  readonly isPersistent: boolean
  /** Returns how many bytes the browser allows to store in addition; null if it is unknown. */
  readFreeBytes(): Promise<number | null>
  /** Returns the stored parts of a file, from the first one, without gaps. */
  list(id: string): Promise<Blob[]>
  /** Stores the part with this index. Rejects if the storage is full or denied. */
  write(id: string, index: number, pieces: Uint8Array<ArrayBuffer>[]): Promise<Blob>
  /** Deletes the parts of a file. */
  remove(id: string): Promise<void>
}

/** Keeps parts in memory, up to `contentLimits.fileBytesInMemory`. The browser may move large blobs to its disk. */
export function createMemoryStore(): PartStore {
  const bytes = new Map<string, number>()
  const readFree = (): number =>
    contentLimits.fileBytesInMemory - [...bytes.values()].reduce((sum, each) => sum + each, 0)
  return {
    isPersistent: false,
    readFreeBytes: () => Promise.resolve(readFree()),
    list: () => Promise.resolve([]),
    async write(id, _index, pieces) {
      const part = new Blob(pieces)
      if (part.size > readFree()) throw new Error('the memory for files is full')
      bytes.set(id, (bytes.get(id) ?? 0) + part.size)
      return Promise.resolve(part)
    },
    remove: (id) => Promise.resolve(void bytes.delete(id)),
  }
}

const rootName = 'received-files'
/**
 * Age in ms from which files without a lock are deleted. A reloaded page takes the lock after its join, and a slow path
 * fills a part in minutes.
 */
const leftoverAgeMs = 600_000

const lockName = (tab: string): string => `duet:${rootName}:${tab}`

/** True if this browser can write files to a private file system. It may still deny that. */
export const hasPrivateFileSystem = (): boolean =>
  'locks' in navigator &&
  typeof navigator.storage?.getDirectory === 'function' &&
  'createWritable' in FileSystemFileHandle.prototype

/**
 * Keeps parts in the private file system of this origin (File System §2), one file each. A `FileSystemWritableFileStream`
 * replaces its file when it closes, so a part is whole or missing. Other tabs leave the parts alone while this page is open.
 * @param tab a random name that the tab keeps across reloads
 */
export async function createFileSystemStore(
  storage: StorageManager,
  locks: LockManager,
  tab: string,
): Promise<PartStore> {
  const origin = await storage.getDirectory()
  const root = await origin.getDirectoryHandle(rootName, { create: true })
  await holdLock(locks, tab)
  const folder = await root.getDirectoryHandle(tab, { create: true })

  return {
    isPersistent: true,
    async readFreeBytes() {
      const { quota, usage } = await storage.estimate()
      return quota === undefined || usage === undefined ? null : quota - usage
    },
    async list(id) {
      const parts: Blob[] = []
      const files = await folder.getDirectoryHandle(id).catch(() => null)
      for (let index = 0; files; index++) {
        const handle = await files.getFileHandle(String(index)).catch(() => null)
        if (!handle) break
        parts.push(await handle.getFile())
      }
      return parts
    },
    async write(id, index, pieces) {
      const files = await folder.getDirectoryHandle(id, { create: true })
      const handle = await files.getFileHandle(String(index), { create: true })
      const writable = await handle.createWritable()
      await writable.write(new Blob(pieces))
      await writable.close()
      return handle.getFile()
    },
    remove: (id) => folder.removeEntry(id, { recursive: true }).catch(ignoreMissing),
  }
}

/** Resolves with the lock of the tab, which is held until the page is gone. It excludes `removeLeftovers` of other tabs. */
function holdLock(locks: LockManager, tab: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => {
      resolve()
      return new Promise(() => undefined)
    }
    // Shared, because a duplicated tab has the same name.
    locks.request(lockName(tab), { mode: 'shared' }, hold).catch(reject)
  })
}

/**
 * Deletes the parts that closed tabs left. Resolves without an effect if no file was ever received.
 * @param own the name of this tab, whose parts stay
 */
export async function removeLeftovers(storage: StorageManager, locks: LockManager, own: string): Promise<void> {
  const origin = await storage.getDirectory()
  const root = await origin.getDirectoryHandle(rootName).catch(ignoreMissing)
  if (!root) return
  for await (const name of root.keys()) {
    if (name === own) continue
    // A tab that opens its storage meanwhile waits for the end of this.
    await locks.request(lockName(name), { ifAvailable: true }, async (lock) => {
      if (lock && (await isOld(root, name))) await root.removeEntry(name, { recursive: true })
    })
  }
}

/** True if no part below this folder was written lately. */
async function isOld(root: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  const folder = await root.getDirectoryHandle(name)
  for await (const files of folder.values()) {
    if (files.kind !== 'directory') continue
    for await (const part of files.values())
      if (part.kind === 'file' && Date.now() - (await part.getFile()).lastModified < leftoverAgeMs) return false
  }
  return true
}

const ignoreMissing = (error: unknown): void => {
  if ((error as DOMException).name !== 'NotFoundError') throw error
}
