import { contentLimits } from './contentLimits.ts'

/** Control, format (with bidi and zero-width), surrogate, private and unassigned characters, and line separators. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Separators of paths, and characters that Windows does not allow in a name. */
const reservedCharacters = /[/\\:*?"<>|\u2044\u2215\u29f5\u29f8\uff0f\uff3c]/gu

/** Names of devices that Windows opens in place of a file, with any extension. */
const deviceName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?=\.|$)/i

/** Files that a system runs when somebody opens them. */
const programExtension =
  /^(app|apk|appimage|appref-ms|bat|cmd|com|command|cpl|csh|deb|desktop|dll|dmg|exe|gadget|hta|html|htm|inf|iso|jar|js|jse|lnk|mht|mhtml|msc|msi|msix|msp|pif|pkg|ps1|reg|rpm|scf|scr|sct|sh|svg|url|vb|vbe|vbs|webloc|wsc|wsf|wsh|xhtml|xml)$/

const encoder = new TextEncoder()
const byteLength = (text: string): number => encoder.encode(text).length

/**
 * Returns a file's name as the receiver shows and saves it: one visible line without a path, at most
 * `contentLimits.fileNameBytes` of UTF-8, with its extension. A clean name stays unchanged. `file` if nothing remains.
 */
export function cleanFileName(offered: string): string {
  const visible = offered
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(unsafe, '')
    .normalize('NFC')
    .replaceAll(reservedCharacters, '_')
    // A name of dots is a folder, and a leading dot hides a file. Windows drops dots and spaces at the end.
    .replace(/^[. ]+/u, '')
  const name = shorten(trimEnd(visible).replace(deviceName, '_$&'))
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) ? name : 'file'
}

/** Removes dots and spaces at the end. Takes linear time; a regex takes quadratic time. */
function trimEnd(name: string): string {
  let end = name.length
  while (name[end - 1] === '.' || name[end - 1] === ' ') end--
  return name.slice(0, end)
}

/** Cuts the stem at the limit, and keeps an extension of up to 16 characters. */
function shorten(name: string): string {
  if (byteLength(name) <= contentLimits.fileNameBytes) return name
  const [extension = ''] = /\.[^. ]{1,16}$/u.exec(name) ?? []
  let left = contentLimits.fileNameBytes - byteLength(extension)
  let stem = ''
  for (const character of name.slice(0, name.length - extension.length)) {
    left -= byteLength(character)
    if (left < 0) break
    stem += character
  }
  return trimEnd(stem) + extension
}

/** Returns the extension of a clean name in lower case, without its dot; empty without one. */
export const fileExtension = (name: string): string => (/[^.]\.([^. ]{1,16})$/u.exec(name)?.[1] ?? '').toLowerCase()

/** True for a name of a file that may run code when somebody opens it. */
export const isProgramName = (name: string): boolean => programExtension.test(fileExtension(name))
