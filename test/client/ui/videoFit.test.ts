import { expect, test } from 'vitest'
import { type Corner, cornerForKey, nearestCorner, nextCorner } from '../../../client/ui/corner.ts'
import { croppedHeight, videoFit } from '../../../client/ui/videoFit.ts'
import { parseTypedRoom } from '../../../machines/protocol/roomUrl.ts'

const wide = { width: 1280, height: 720 }
const tall = { width: 720, height: 1280 }

test.each([
  ['a wide video on a desktop uses cover', wide, { width: 1280, height: 800 }, false, 'cover'],
  ['a tall video on a phone uses cover', tall, { width: 390, height: 844 }, false, 'cover'],
  [
    'a wide video on an upright phone uses cover, with a limit of what is cropped',
    wide,
    { width: 390, height: 844 },
    false,
    'cover',
  ],
  ['a tall video on a desktop uses contain', tall, { width: 1280, height: 800 }, false, 'contain'],
  ['a shared screen always uses contain', wide, { width: 1280, height: 800 }, true, 'contain'],
  ['a video without a size uses contain', { width: 0, height: 0 }, wide, false, 'contain'],
] as const)('%s', (_, picture, frame, isScreen, fit) => expect(videoFit(picture, frame, isScreen)).toBe(fit))

test.each([
  ['a wide video on an upright phone is cropped to half of its width', wide, { width: 390, height: 844 }, 439],
  [
    'a 4:3 video on an upright phone is cropped to half of its width',
    { width: 4, height: 3 },
    { width: 390, height: 844 },
    585,
  ],
  ['a tall video may fill the phone', tall, { width: 390, height: 844 }, null],
  ['a video may fill a wide frame', wide, { width: 844, height: 390 }, null],
  ['a video without a size has no limit', { width: 0, height: 0 }, { width: 390, height: 844 }, null],
] as const)('%s', (_, video, frame, height) => expect(croppedHeight(video, frame)).toBe(height))

test('nextCorner passes all four corners and returns to the first', () => {
  const seen: Corner[] = ['bottom-right']
  for (let presses = 0; presses < 4; presses += 1) seen.push(nextCorner(seen.at(-1) ?? 'top-left'))
  expect(new Set(seen).size).toBe(4)
  expect(seen.at(-1)).toBe(seen[0])
})

test.each([
  ['ArrowUp', 'top-right'],
  ['ArrowLeft', 'bottom-left'],
  ['ArrowDown', 'bottom-right'],
  ['ArrowRight', 'bottom-right'],
  ['x', 'bottom-right'],
])('%s moves from the bottom right to the %s', (key, corner) => expect(cornerForKey(key, 'bottom-right')).toBe(corner))

test.each([
  [{ x: 10, y: 10 }, 'top-left'],
  [{ x: 1000, y: 10 }, 'top-right'],
  [{ x: 10, y: 700 }, 'bottom-left'],
  [{ x: 1000, y: 700 }, 'bottom-right'],
])('a drop at %o selects the corner %s', (at, corner) =>
  expect(nearestCorner(at, { width: 1280, height: 800 })).toBe(corner),
)

test.each([
  ['Kitchen Table', 'kitchen-table'],
  [' https://duet.example/r/lusab-gutih?relay=1 ', 'lusab-gutih'],
  ['duet.example/r/%E5%AE%B6', '家'],
  ['https://duet.example/', null],
  ['', null],
  ['!!', null],
])('the input "%s" is the room %s', (typed, room) => expect(parseTypedRoom(typed)).toBe(room))
