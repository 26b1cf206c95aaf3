import { describe, expect, test } from 'vitest'
import { parseInteger, parsePort, parseText } from '../../../turn/config/parse.ts'
import { defineSettings, readSetting, rejectUnknownSettings } from '../../../turn/config/settings.ts'
import { formatSettingsHelp, formatSettingsTable } from '../../../turn/config/settingsText.ts'

const table = defineSettings({
  PORT: { group: 'Network', unit: 'port', default: '80', parse: parsePort, help: 'The web port.' },
  DUET_FOLDER: { group: 'Files', parse: parseText, help: 'Made by `mkdir -p FOLDER` or by hand, a|b.' },
  DUET_DRAIN: {
    group: 'Network',
    defaultInWords: 'half of `DUET_WAIT`',
    parse: (text) => parseInteger(text, 0, 9),
    help: 'A wait of a few seconds, which this text explains in more words than fit into one line.',
  },
})

describe('readSetting', () => {
  test('returns the parsed value, the parsed default, or undefined for a row without a default', () => {
    const [port, defaultPort]: number[] = [
      readSetting(table, { PORT: ' 8080 ' }, 'PORT'),
      readSetting(table, { PORT: ' ' }, 'PORT'),
    ]
    const drain: number | undefined = readSetting(table, {}, 'DUET_DRAIN')
    expect([port, defaultPort, drain, readSetting(table, { DUET_FOLDER: '/a' }, 'DUET_FOLDER')]).toEqual([
      8080,
      80,
      undefined,
      '/a',
    ])
  })

  test('throws one line that names the variable and gives the reason', () => {
    expect(() => readSetting(table, { DUET_DRAIN: 'ten\nlines' }, 'DUET_DRAIN')).toThrow(
      /^DUET_DRAIN: "ten\\nlines" is not a whole number from 0 to 9$/,
    )
  })
})

describe('rejectUnknownSettings', () => {
  test.each([
    ['swapped letters', 'DUET_DRIAN', 'DUET_DRAIN'],
    ['two swaps, which count once each', 'DUET_FODLRE', 'DUET_FOLDER'],
    ['a missing letter', 'DUET_FOLER', 'DUET_FOLDER'],
    ['a wrong letter and one too many', 'DUET_FOLDARS', 'DUET_FOLDER'],
    ['a prefix that the setting does not have', 'DUET_PORT', 'PORT'],
  ])('suggests the setting after %s', (_, name, known) => {
    expect(() => rejectUnknownSettings(table, { [name]: '' }, 'DUET_')).toThrow(
      `Unknown setting ${name}. Did you mean ${known}?`,
    )
  })

  test.each(['DUET_', 'DUET_TLS', 'DUET_SOMETHING_ELSE', 'DUET_constructor'])(
    'names --help for %s, which resembles no setting',
    (name) => {
      expect(() => rejectUnknownSettings(table, { [name]: 'x' }, 'DUET_')).toThrow(
        `Unknown setting ${name}. --help lists the settings.`,
      )
    },
  )

  test('accepts the settings of the table, and variables without the prefix', () => {
    expect(() => rejectUnknownSettings(table, { DUET_DRAIN: 'wrong', PATH: '/bin' }, 'DUET_')).not.toThrow()
  })
})

test('formatSettingsHelp groups the settings, wraps lines and keeps commands whole', () => {
  expect(formatSettingsHelp(table, 50)).toBe(
    `
Network:
  PORT         The web port. [port; default: 80]
  DUET_DRAIN   A wait of a few seconds, which this
               text explains in more words than
               fit into one line.
               [default: half of DUET_WAIT]

Files:
  DUET_FOLDER  Made by mkdir -p FOLDER or by hand,
               a|b.
`.trim(),
  )
})

test('formatSettingsTable has a heading and a table for each group', () => {
  expect(formatSettingsTable(table)).toBe(
    `
### Network
| name | default | unit | meaning |
|---|---|---|---|
| \`PORT\` | \`80\` | port | The web port. |
| \`DUET_DRAIN\` | half of \`DUET_WAIT\` |  | ${table.DUET_DRAIN.help} |

### Files
| name | default | unit | meaning |
|---|---|---|---|
| \`DUET_FOLDER\` | – |  | Made by \`mkdir -p FOLDER\` or by hand, a\\|b. |
`.trim(),
  )
})
