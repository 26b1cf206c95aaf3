/** Small things that outlast a page. Browsers may deny a page its storage: then it forgets, and works. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const keyPrefix = 'duet:'

export function getStored(storage: KeyValueStorage | undefined, key: string): string | null {
  try {
    return storage?.getItem(keyPrefix + key) ?? null
  } catch {
    return null
  }
}

export function setStored(storage: KeyValueStorage | undefined, key: string, value: string): void {
  try {
    storage?.setItem(keyPrefix + key, value)
  } catch {
    // Full, or forbidden.
  }
}

export function removeStored(storage: KeyValueStorage | undefined, key: string): void {
  try {
    storage?.removeItem(keyPrefix + key)
  } catch {
    // Forbidden.
  }
}

/** Reading the property itself throws where storage is forbidden. */
export function openStorage(name: 'localStorage' | 'sessionStorage'): KeyValueStorage | undefined {
  try {
    return globalThis[name]
  } catch {
    return undefined
  }
}
