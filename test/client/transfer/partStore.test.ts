import { expect, test } from 'vitest'
import { createFileSystemStore, createMemoryStore, removeLeftovers } from '../../../client/transfer/partStore.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { FolderInMemory, LocksInMemory } from './memoryFileSystem.ts'

/** Pretends to have this many bytes, so that the test does not need them. */
class LargeBlob extends Blob {
  static bytes = 0
  override get size(): number {
    return LargeBlob.bytes
  }
}

test('the memory takes files up to its limit, and has room again after one was removed', async () => {
  const { Blob: original } = globalThis
  globalThis.Blob = LargeBlob
  try {
    const store = createMemoryStore()
    LargeBlob.bytes = contentLimits.fileBytesInMemory
    await store.write('one', 0, [])
    expect(await store.readFreeBytes()).toBe(0)
    LargeBlob.bytes = 1
    await expect(store.write('two', 0, [])).rejects.toThrow('full')
    await store.remove('one')
    await store.write('two', 0, [])
    expect(await store.readFreeBytes()).toBe(contentLimits.fileBytesInMemory - 1)
  } finally {
    globalThis.Blob = original
  }
})

/** An origin with the folder of a tab, whose only part was written some minutes ago. */
async function openOrigin(minutes: number) {
  const origin = new FolderInMemory()
  const root = await origin.getDirectoryHandle('received-files', { create: true })
  const tab = await root.getDirectoryHandle('tab', { create: true })
  const file = await tab.getDirectoryHandle('file', { create: true })
  const part = await file.getFileHandle('0', { create: true })
  part.lastModified -= minutes * 60_000
  const storage = { getDirectory: () => Promise.resolve(origin) } as unknown as StorageManager
  const locks = new LocksInMemory() as unknown as LockManager
  return {
    root,
    tab,
    clean: () => removeLeftovers(storage, locks, 'other'),
    open: () => createFileSystemStore(storage, locks, 'tab'),
  }
}

test.each(['root', 'tab'] as const)(
  'a tab that opens its storage while another tab reads the folder %s can write',
  async (read) => {
    const origin = await openOrigin(60)
    let end = (): void => undefined
    const isOver = new Promise<void>((resolve) => (end = resolve))
    const isReading = new Promise<void>((begin) => {
      origin[read].beforeRead = () => {
        begin()
        return isOver
      }
    })
    const cleaning = origin.clean()
    await isReading
    const opening = origin.open()
    await new Promise((resolve) => setImmediate(resolve))
    end()
    await cleaning
    const store = await opening
    await store.write('new', 0, [new Uint8Array(3)])
    expect((await store.list('new')).map(({ size }) => size)).toEqual([3])
  },
)

test('the parts of a closed tab are deleted, but not those of a page that reloads on a slow path', async () => {
  const [closed, reloading] = [await openOrigin(11), await openOrigin(5)]
  for (const { clean } of [closed, reloading]) await clean()
  expect([...closed.root.entries.keys()]).toEqual([])
  expect([...reloading.root.entries.keys()]).toEqual(['tab'])
})
