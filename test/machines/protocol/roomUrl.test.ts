import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalName, isRoomName } from '../../../machines/protocol/roomName.ts'
import { canonicalPath, pathOf, roomTyped, routeOf } from '../../../machines/protocol/roomUrl.ts'

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
  ['/CHECK', { page: 'check' }],
  ['/check.', { page: 'check' }],
  ['/Machines/', { page: 'machines' }],
  ['/index.html', { page: 'start' }],
  ['/)', { page: 'start' }],
  ['//r//lusab-gutih', { page: 'room', room: 'lusab-gutih' }],
  ['/R/Lusab-Gutih', { page: 'room', room: 'lusab-gutih' }],
  ['/r/lusab-gutih/)', { page: 'room', room: 'lusab-gutih' }],
  ['/r/.', { page: 'misnamed' }],
  ['/r/caf%E9', { page: 'misnamed' }],
  ['/check/more', { page: 'nowhere' }],
  ['/constructor', { page: 'nowhere' }],
])('%s', (path, route) => expect(routeOf(path)).toEqual(route))

test('the path of any room leads back to it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }).map(canonicalName).filter(isRoomName), (room) => {
    expect(routeOf(pathOf(room))).toEqual({ page: 'room', room })
  }))
})

/** What chat programs, mail programs and sentences put behind or around a link. */
const trails = ['.', ',', ';', ':', '!', '?', ')', ']', '}', '>', '"', "'", '…', '...', '。', '、', '）', '”', '’', '»', '*', '_', '~', '`', '|', '\\', '-', '—', '\u200b', '\ufeff', '\u00ad', '\u200f', '\ufe0f', ').', '",', '>.', '%', '&']

describe('two people never wait apart', () => {
  test.each(trails)('because of %j at the end of a pasted link', (trail) => {
    const room = { page: 'room', room: 'kitchen-table' }
    expect(routeOf(`/r/kitchen-table${trail.replace('%', '%25')}`)).toEqual(room)
    expect(routeOf(`/r/kitchen-table${encodeURIComponent(trail)}`)).toEqual(room)
    expect(routeOf(`/r/kitchen-table${encodeURIComponent(encodeURIComponent(trail))}`)).toEqual(room)
    expect(roomTyped(`https://duet.example/r/kitchen-table${trail}`)).toBe('kitchen-table')
    expect(roomTyped(`kitchen-table${trail}`)).toBe('kitchen-table')
  })

  test.each([
    '<https://duet.example/r/kitchen-table>', '(https://duet.example/R/Kitchen-Table)', '“kitchen table”', '„Kitchen Table“', ' kitchen\u00a0table ', 'kitchen\u200b-table', 'ｋｉｔｃｈｅｎ－ｔａｂｌｅ',
    'https://duet.example/r/ｋｉｔｃｈｅｎ－ｔａｂｌｅ', 'https://duet.example//r//kitchen-table/', 'Join me: https://duet.example/r/kitchen-table, at eight', 'kitchen  -  table', 'duet.example/r/kitchen%2Dtable?relay=1',
  ])('whether they type or paste %j', (typed) => {
    expect(roomTyped(typed)).toBe('kitchen-table')
  })
})

test.each([['/R/Kitchen-Table.', '/r/kitchen-table'], ['/CHECK/', '/check'], ['/index.html', '/'], ['/nowhere', null], ['/r/%20', null]])('%s is shown as %s', (path, shown) => {
  expect(canonicalPath(routeOf(path))).toBe(shown)
})
