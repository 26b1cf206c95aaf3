import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../client/transfer/partStore.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'

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
