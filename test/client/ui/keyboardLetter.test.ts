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
  ['Hindi, the key for a combining mark', '्', 'KeyD', 'd'],
  ['AZERTY, the key labeled M', 'm', 'Semicolon', 'm'],
  ['AZERTY, the key at the QWERTY position of M', ',', 'KeyM', null],
  ['Dvorak, the key labeled V', 'v', 'Period', 'v'],
  ['Dvorak, the key at the QWERTY position of V', 'k', 'KeyV', 'k'],
  ['Turkish', 'ı', 'KeyI', null],
  ['a digit', '1', 'Digit1', null],
  ['a named key', 'Meta', 'MetaLeft', null],
  ['a dead key', 'Dead', 'KeyE', null],
])('a key press on a keyboard with %s (%j at %s) means %j', (_, key, code, letter) => {
  expect(latinLetterFor({ key, code })).toBe(letter)
})
