import { ApiError } from '../../../server/common/apiError.ts'
import type { Store } from '../../../server/rooms/store.ts'

/** A store that fails when a test says so. */
export interface FaultyStore {
  store: Store
  /** The next call of this method takes effect, and then fails as if its answer were lost. */
  loseAnswer(method: keyof Store): void
  /** All calls throw this error; null ends the fault. */
  fail(error: Error | null): void
}

/** Wraps a store. */
export function createFaultyStore(inner: Store): FaultyStore {
  let [lost, failure]: [keyof Store | null, Error | null] = [null, null]
  const store = new Proxy(inner, {
    get(target, name: keyof Store) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]): Promise<unknown> => {
        if (failure) throw failure
        const answer = await (member as (...args: unknown[]) => Promise<unknown>).apply(target, args)
        if (lost !== name) return answer
        lost = null
        throw new ApiError('unavailable')
      }
    },
  })
  return { store, loseAnswer: (method) => void (lost = method), fail: (error) => void (failure = error) }
}
