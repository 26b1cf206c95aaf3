import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanFileName, fileExtension, isProgramName } from '../../../machines/protocol/fileName.ts'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'

const bytes = (name: string): number => new TextEncoder().encode(name).length

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['Bericht für März.pdf', 'Bericht für März.pdf'],
  ['写真 2026.png', '写真 2026.png'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['..\\..\\boot.ini', '_.._boot.ini'],
  ['C:\\Users\\a.txt', 'C__Users_a.txt'],
  ['a\u2215b\uff0fc', 'a_b_c'],
  ['.bashrc', 'bashrc'],
  ['..', 'file'],
  ['', 'file'],
  ['   ', 'file'],
  ['\u200b\u202e', 'file'],
  ['exe.\u202egpj.scr', 'exe.gpj.scr'],
  ['one\r\ntwo\u0000.txt', 'one two.txt'],
  ['name. . .', 'name'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['COM1.tar.gz', '_COM1.tar.gz'],
  ['console.log', 'console.log'],
  ['a"b<c>d|e?f*g:h', 'a_b_c_d_e_f_g_h'],
])('the name %j is saved as %j', (offered, clean) => expect(cleanFileName(offered)).toBe(clean))

test('a long name is cut at the limit and keeps its extension', () => {
  for (const letter of ['a', 'é', '字', '😀']) {
    const name = cleanFileName(`${letter.repeat(1_000)}.tar`)
    expect(bytes(name)).toBeLessThanOrEqual(contentLimits.fileNameBytes)
    expect(bytes(name)).toBeGreaterThan(contentLimits.fileNameBytes - 5)
    expect(name).toMatch(/^(a|é|字|😀)+\.tar$/u)
  }
})

// With quadratic time this takes minutes.
test('a name with many dots is cleaned in linear time', () => {
  expect(cleanFileName(`a${'.'.repeat(500_000)}b`)).toBe('a.b')
}, 30_000)

test('any text becomes a safe name, and a clean name stays unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (offered) => {
      const name = cleanFileName(offered)
      expect(name).not.toMatch(/[/\\:*?"<>|\p{C}]|^[. ]|[. ]$|^$/u)
      expect(bytes(name)).toBeLessThanOrEqual(contentLimits.fileNameBytes)
      expect(cleanFileName(name)).toBe(name)
    }),
  )
})

test.each([
  ['setup.exe', true],
  ['SETUP.EXE', true],
  ['photo.jpg.scr', true],
  ['page.html', true],
  ['photo.jpg', false],
  ['exe', false],
  ['notes', false],
])('the file %s may run code: %s', (name, isProgram) => expect(isProgramName(name)).toBe(isProgram))

test.each([
  ['a.TXT', 'txt'],
  ['a.tar.gz', 'gz'],
  ['a', ''],
  ['a.with space', ''],
])('the extension of %s is %j', (name, extension) => expect(fileExtension(name)).toBe(extension))
