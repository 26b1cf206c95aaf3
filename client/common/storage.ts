/** Small things that outlast a page. Browsers may deny a page its storage: then it forgets, and works. */
export type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const prefix = 'duet:'

export function recall(memory: Memory | undefined, name: string): string | null {
  try {
    return memory?.getItem(prefix + name) ?? null
  } catch {
    return null
  }
}

export function remember(memory: Memory | undefined, name: string, value: string): void {
  try {
    memory?.setItem(prefix + name, value)
  } catch {
    // Full, or forbidden.
  }
}

export function forget(memory: Memory | undefined, name: string): void {
  try {
    memory?.removeItem(prefix + name)
  } catch {
    // Forbidden.
  }
}

/** Reading the property itself throws where storage is forbidden. */
export function storageOf(name: 'localStorage' | 'sessionStorage'): Memory | undefined {
  try {
    return globalThis[name]
  } catch {
    return undefined
  }
}
