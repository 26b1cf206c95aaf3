import { expect, test, vi } from 'vitest'
import { createMemoryStorage } from '../common/memoryStorage.ts'

vi.stubGlobal('$state', (value: unknown) => value)
const { CallLayout, placeVideos } = await import('../../../client/ui/callLayout.svelte.ts')

const choice = { isSwapped: false, isSideBySide: false, isOwnHidden: false }

test.each([
  ['the remote video is large at first', {}, false, 'small', 'full'],
  ['the videos are swapped', { isSwapped: true }, false, 'full', 'small'],
  ['the videos are side by side', { isSideBySide: true }, false, 'half', 'half'],
  ['side by side, nothing is small to swap', { isSideBySide: true, isSwapped: true }, false, 'half', 'half'],
  [
    'a hidden local video leaves the window to the peer',
    { isOwnHidden: true, isSwapped: true },
    false,
    'hidden',
    'full',
  ],
  ['a shared screen takes the window', { isSwapped: true }, true, 'small', 'full'],
  ['a shared screen ends side by side', { isSideBySide: true }, true, 'small', 'full'],
  ['a shared screen shows no hidden video', { isOwnHidden: true }, true, 'hidden', 'full'],
])('%s', (_, chosen, hasScreen, local, remote) => {
  expect(placeVideos({ ...choice, ...chosen }, hasScreen)).toEqual({ local, remote })
})

test('this browser remembers corner, mirror and side by side; this tab remembers a hidden video', () => {
  const [local, tab] = [createMemoryStorage(), createMemoryStorage()]
  const layout = new CallLayout(local, tab)
  layout.moveToNextCorner()
  layout.isMirrored = false
  layout.isSideBySide = true
  layout.isOwnHidden = true
  layout.swap()

  const { corner, isMirrored, isSideBySide, isOwnHidden, isSwapped } = new CallLayout(local, tab)
  expect({ corner, isMirrored, isSideBySide, isOwnHidden, isSwapped }).toEqual({
    corner: 'bottom-left',
    isMirrored: false,
    isSideBySide: true,
    isOwnHidden: true,
    isSwapped: false,
  })
  expect(new CallLayout(local, createMemoryStorage()).isOwnHidden).toBe(false)
})

test('a stored corner that does not exist is ignored', () => {
  const local = createMemoryStorage()
  local.setItem('duet:corner', 'middle')
  expect(new CallLayout(local, undefined).corner).toBe('bottom-right')
})
