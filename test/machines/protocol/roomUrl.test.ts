import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalRoomName, isRoomName } from '../../../machines/protocol/roomName.ts'
import { canonicalPath, roomPath, parseTypedRoom, parseRoute } from '../../../machines/protocol/roomUrl.ts'

test.each([
  ['/', { page: 'home' }],
  ['/check', { page: 'check' }],
  ['/check/', { page: 'check' }],
  ['/machines', { page: 'machines' }],
  ['/r/lusab-gutih', { page: 'room', room: 'lusab-gutih' }],
  ['/r/lusab-gutih/', { page: 'room', room: 'lusab-gutih' }],
  ['/r/Two%20Words', { page: 'room', room: 'two-words' }],
  ['/r/%E5%AE%B6', { page: 'room', room: '家' }],
  ['/r/%E5%AE', { page: 'invalidRoomName' }],
  ['/r/%20', { page: 'invalidRoomName' }],
  ['/r/a/b', { page: 'invalidRoomName' }],
  ['/r', { page: 'notFound' }],
  ['/rooms/a', { page: 'notFound' }],
  ['/CHECK', { page: 'check' }],
  ['/check.', { page: 'check' }],
  ['/Machines/', { page: 'machines' }],
  ['/index.html', { page: 'home' }],
  ['/)', { page: 'home' }],
  ['//r//lusab-gutih', { page: 'room', room: 'lusab-gutih' }],
  ['/R/Lusab-Gutih', { page: 'room', room: 'lusab-gutih' }],
  ['/r/lusab-gutih/)', { page: 'room', room: 'lusab-gutih' }],
  ['/r/.', { page: 'invalidRoomName' }],
  ['/r/caf%E9', { page: 'invalidRoomName' }],
  ['/check/more', { page: 'notFound' }],
  ['/constructor', { page: 'notFound' }],
])('%s', (path, route) => expect(parseRoute(path)).toEqual(route))

test('parseRoute returns the room of roomPath', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }).map(canonicalRoomName).filter(isRoomName), (room) => {
      expect(parseRoute(roomPath(room))).toEqual({ page: 'room', room })
    }),
  )
})

/** Characters that chat programs, mail programs and sentences put after or around a link. */
const trails = [
  '.',
  ',',
  ';',
  ':',
  '!',
  '?',
  ')',
  ']',
  '}',
  '>',
  '"',
  "'",
  '…',
  '...',
  '。',
  '、',
  '）',
  '”',
  '’',
  '»',
  '*',
  '_',
  '~',
  '`',
  '|',
  '\\',
  '-',
  '—',
  '\u200b',
  '\ufeff',
  '\u00ad',
  '\u200f',
  '\ufe0f',
  ').',
  '",',
  '>.',
  '%',
  '&',
]

describe('two people with the same link meet in one room', () => {
  test.each(trails)('with %j at the end of a pasted link', (trail) => {
    const room = { page: 'room', room: 'kitchen-table' }
    expect(parseRoute(`/r/kitchen-table${trail.replace('%', '%25')}`)).toEqual(room)
    expect(parseRoute(`/r/kitchen-table${encodeURIComponent(trail)}`)).toEqual(room)
    expect(parseRoute(`/r/kitchen-table${encodeURIComponent(encodeURIComponent(trail))}`)).toEqual(room)
    expect(parseTypedRoom(`https://duet.example/r/kitchen-table${trail}`)).toBe('kitchen-table')
    expect(parseTypedRoom(`kitchen-table${trail}`)).toBe('kitchen-table')
  })

  test.each([
    '<https://duet.example/r/kitchen-table>',
    '(https://duet.example/R/Kitchen-Table)',
    '“kitchen table”',
    '„Kitchen Table“',
    ' kitchen\u00a0table ',
    'kitchen\u200b-table',
    'ｋｉｔｃｈｅｎ－ｔａｂｌｅ',
    'https://duet.example/r/ｋｉｔｃｈｅｎ－ｔａｂｌｅ',
    'https://duet.example//r//kitchen-table/',
    'Join me: https://duet.example/r/kitchen-table, at eight',
    'kitchen  -  table',
    'duet.example/r/kitchen%2Dtable?relay=1',
  ])('after typing or pasting %j', (typed) => {
    expect(parseTypedRoom(typed)).toBe('kitchen-table')
  })
})

test.each([
  ['/R/Kitchen-Table.', '/r/kitchen-table'],
  ['/CHECK/', '/check'],
  ['/index.html', '/'],
  ['/nowhere', null],
  ['/r/%20', null],
])('the canonical path of %s is %s', (path, shown) => {
  expect(canonicalPath(parseRoute(path))).toBe(shown)
})
