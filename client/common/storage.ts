/** Storage that survives a reload. Browsers may deny it to a page; reads then return null and writes do nothing. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const keyPrefix = 'duet:'

/** Returns the stored value; null if there is none or storage is denied. */
export function getStored(storage: KeyValueStorage | undefined, key: string): string | null {
  try {
    return storage?.getItem(keyPrefix + key) ?? null
  } catch {
    return null
  }
}

/** Stores a value. Does nothing if storage is full or denied. */
export function setStored(storage: KeyValueStorage | undefined, key: string, value: string): void {
  try {
    storage?.setItem(keyPrefix + key, value)
  } catch {
    // The quota is exceeded or storage is denied.
  }
}

/** Removes a value. Does nothing if storage is denied. */
export function removeStored(storage: KeyValueStorage | undefined, key: string): void {
  try {
    storage?.removeItem(keyPrefix + key)
  } catch {
    // Storage is denied.
  }
}

/** Returns the storage; undefined if it is denied, because then reading the property itself throws. */
export function openStorage(name: 'localStorage' | 'sessionStorage'): KeyValueStorage | undefined {
  try {
    return globalThis[name]
  } catch {
    return undefined
  }
}
