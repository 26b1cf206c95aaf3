import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathOf, routeOf } from '../../client/route.ts'
import { canonicalName, isRoomName } from '../../machines/name.ts'

test.each([
  ['/', { page: 'start' }],
  ['/check', { page: 'check' }],
  ['/check/', { page: 'check' }],
  ['/machines', { page: 'machines' }],
  ['/r/lusab-gutih', { page: 'room', room: 'lusab-gutih' }],
  ['/r/lusab-gutih/', { page: 'room', room: 'lusab-gutih' }],
  ['/r/Two%20Words', { page: 'room', room: 'two-words' }],
  ['/r/%E5%AE%B6', { page: 'room', room: '家' }],
  ['/r/%E5%AE', { page: 'misnamed' }],
  ['/r/%20', { page: 'misnamed' }],
  ['/r/a/b', { page: 'misnamed' }],
  ['/r', { page: 'nowhere' }],
  ['/rooms/a', { page: 'nowhere' }],
])('%s', (path, route) => expect(routeOf(path)).toEqual(route))

test('the path of any room leads back to it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }).map(canonicalName).filter(isRoomName), (room) => {
    expect(routeOf(pathOf(room))).toEqual({ page: 'room', room })
  }))
})
