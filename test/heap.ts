import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Returns the memory of this thread in use after garbage collection, in bytes: the heap and buffers outside of it. */
export function memoryInUse(): { heap: number; external: number } {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, external }
}

/**
 * Returns the smallest of several readings. Close events and finalizers of one turn free objects that only the next
 * collection finds.
 */
export async function settledMemory(): Promise<ReturnType<typeof memoryInUse>> {
  const least = { heap: Infinity, external: Infinity }
  for (let reading = 0; reading < 5; reading++) {
    await new Promise((resolve) => setImmediate(resolve))
    const { heap, external } = memoryInUse()
    least.heap = Math.min(least.heap, heap)
    least.external = Math.min(least.external, external)
  }
  return least
}
