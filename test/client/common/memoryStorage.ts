import type { KeyValueStorage } from '../../../client/common/storage.ts'

/** Creates a storage that keeps its entries in `entries`. */
export const createMemoryStorage = (entries = new Map<string, string>()): KeyValueStorage => ({
  getItem: (name) => entries.get(name) ?? null,
  setItem: (name, value) => void entries.set(name, value),
  removeItem: (name) => void entries.delete(name),
})
