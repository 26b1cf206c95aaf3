import { describe, expect, test } from 'vitest'
import { EvictionOrder } from '../../../server/limits/evictionOrder.ts'

interface Entry {
  readonly id: number
  readonly network: string
  mustStay?: boolean
}

function createOrder(networks: readonly string[]) {
  const open = new Set<Entry>(networks.map((network, id) => ({ id, network })))
  const order = new EvictionOrder<Entry>({
    list: () => open,
    getNetwork: ({ network }) => network,
    canEvict: (entry) => !entry.mustStay && open.has(entry),
  })
  const evict = (): number | null => {
    const entry = order.next()
    if (entry) open.delete(entry)
    return entry?.id ?? null
  }
  return { open, order, evict }
}

describe('EvictionOrder', () => {
  test('the oldest entry of the largest network is next', () => {
    const { evict } = createOrder(['a', 'b', 'b', 'c', 'b'])
    expect(evict()).toBe(1)
  })

  test('an entry that was returned and not closed is returned again', () => {
    const { order, evict } = createOrder(['a', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b'])
    const first = order.next()
    expect([order.next(), order.next()]).toEqual([first, first])
    expect([evict(), evict()]).toEqual([1, 2])
  })

  test('one pass selects a quarter of the largest network, and the next pass counts again', () => {
    const { evict } = createOrder([...'aaaaaaaa', ...'bbbbbbb'])
    expect([evict(), evict(), evict()]).toEqual([0, 1, 8])
  })

  test('entries that must stay do not count', () => {
    const { open, evict } = createOrder(['a', 'a', 'a', 'b'])
    for (const entry of open) entry.mustStay = entry.network === 'a'
    expect([evict(), evict()]).toEqual([3, null])
  })

  test('a selected entry that closed by itself is skipped', () => {
    const { open, order, evict } = createOrder([...'aaaaaaaa'])
    open.delete(order.next()!)
    expect(evict()).toBe(1)
  })
})
