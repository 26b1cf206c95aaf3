import { describe, expect, test, vi } from 'vitest'
import type { ChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { parseChannelMessage } from '../../../machines/protocol/dataChannelMessages.ts'
import { limits } from '../../../machines/protocol/limits.ts'
import { initialsOf } from '../../../client/ui/initials.ts'
import type { DataChannel } from '../../../client/webrtc/dataChannel.ts'
import { createMemoryStorage } from '../common/memoryStorage.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const { Names } = await import('../../../client/session/names.svelte.ts')

/** Two ends of a channel that delivers at once, as text. */
function openPair(): [DataChannel, DataChannel] {
  const listeners = [
    new Set<(message: ChannelMessage) => void>(),
    new Set<(message: ChannelMessage) => void>(),
  ] as const
  const end = (own: 0 | 1): DataChannel => ({
    send(message) {
      const parsed = parseChannelMessage(JSON.stringify(message))
      if (parsed) for (const listener of listeners[own ? 0 : 1]) listener(parsed)
    },
    subscribe(listener) {
      listeners[own].add(listener)
      return () => listeners[own].delete(listener)
    },
  })
  return [end(0), end(1)]
}

/** Returns the name that a page shows after it received this one. */
function receive(name: unknown): string {
  const [here, there] = openPair()
  const names = new Names(undefined)
  names.exchange(here)
  there.send({ type: 'name', name } as ChannelMessage)
  return names.peer
}

describe('names', () => {
  test('reach the other page when the channel opens, and at each change', () => {
    const [here, there] = openPair()
    const [ann, ben] = [new Names(createMemoryStorage()), new Names(createMemoryStorage())]
    ann.own = ' Anna '
    ben.exchange(there)
    ann.exchange(here)
    expect(ben.peer).toBe('Anna')
    expect(ann.peer).toBe('')
    ben.own = 'Ben'
    expect(ann.peer).toBe('Ben')
    ann.own = ''
    expect(ben.peer).toBe('')
  })

  test('are remembered in this browser, and an empty one is forgotten', () => {
    const storage = createMemoryStorage()
    new Names(storage).own = 'Anna'
    const names = new Names(storage)
    expect(names.own).toBe('Anna')
    names.own = ' '
    expect(new Names(storage).own).toBe('')
    expect(storage.getItem('duet:name')).toBeNull()
  })

  test('stop with the channel, and the peer’s name stays until another person may come', () => {
    const [here, there] = openPair()
    const names = new Names(undefined)
    const stop = names.exchange(here)
    there.send({ type: 'name', name: 'Ben' })
    stop()
    there.send({ type: 'name', name: 'Eve' })
    expect(names.peer).toBe('Ben')
    names.forgetPeer()
    expect(names.peer).toBe('')
  })

  test.each([
    ['a long name', 'a'.repeat(900), 'a'.repeat(limits.visitorNameCharacters)],
    ['markup', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['control characters and line ends', 'An\u0000na\n\u2028Ben\u0007', 'Anna Ben'],
    ['direction overrides', '\u202eevE\u2066\u200f', 'evE'],
    ['zero-width characters', 'A\u200bn\u2060na', 'Anna'],
    ['spaces only', ' \u00a0\t ', ''],
    ['no text', 7, ''],
    ['an object', { toString: 'Eve' }, ''],
  ])('of a hostile page lose their weapons: %s', (_, sent, shown) => {
    expect(receive(sent)).toBe(shown)
  })

  test('of a right-to-left script do not reorder the sentence around them', () => {
    expect(receive('דנה')).toBe('\u2068דנה\u2069')
    expect(receive('安娜')).toBe('安娜')
  })
})

test.each([
  ['Anna', 'A'],
  ['Anna Maria Berg', 'AB'],
  ['ben öz', 'BÖ'],
  ['安娜', '安'],
  ['👩‍🚀 Ada', '👩‍🚀A'],
  ['\u2068דנה כהן\u2069', 'דכ'],
])('the initials of %s are %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

test('the name that the embedding page gave is cleaned and not stored, and the person may change it', () => {
  const storage = createMemoryStorage()
  storage.setItem('duet:name', 'Stored')
  const names = new Names(storage, ' Anna\u202e ')
  expect([names.own, storage.getItem('duet:name')]).toEqual(['Anna', 'Stored'])
  names.own = 'Ann'
  expect(storage.getItem('duet:name')).toBe('Ann')
})
