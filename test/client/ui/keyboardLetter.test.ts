import { expect, test } from 'vitest'
import { latinLetterFor } from '../../../client/ui/keyboardLetter.ts'

test.each([
  ['QWERTY', 'm', 'KeyM', 'm'],
  ['Caps Lock', 'M', 'KeyM', 'm'],
  ['Russian', 'ь', 'KeyM', 'm'],
  ['Russian with Caps Lock', 'М', 'KeyV', 'v'],
  ['Greek', 'ω', 'KeyV', 'v'],
  ['Hebrew', 'ג', 'KeyD', 'd'],
  ['Arabic', 'ى', 'KeyM', 'm'],
  ['Korean', 'ㅡ', 'KeyM', 'm'],
  ['Thai', 'ท', 'KeyM', 'm'],
  ['Hindi, where the key makes a combining mark', '्', 'KeyD', 'd'],
  ['AZERTY, the key that shows M', 'm', 'Semicolon', 'm'],
  ['AZERTY, the key in the place of M', ',', 'KeyM', null],
  ['Dvorak, the key that shows V', 'v', 'Period', 'v'],
  ['Dvorak, the key in the place of V', 'k', 'KeyV', 'k'],
  ['Turkish', 'ı', 'KeyI', null],
  ['a digit', '1', 'Digit1', null],
  ['a named key', 'Meta', 'MetaLeft', null],
  ['a dead key', 'Dead', 'KeyE', null],
])('a key press on a keyboard with %s (%j at %s) means %j', (_, key, code, letter) => {
  expect(latinLetterFor({ key, code })).toBe(letter)
})
