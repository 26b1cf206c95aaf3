import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../server/config/config.ts'
import { settingsTable } from '../../../server/config/settingsTable.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'
import { turnSettingsTable } from '../../../turn/config/settingsTable.ts'
import { formatSettingsTable, type SettingRow, type SettingsTable } from '../../../turn/index.ts'
import { replaceGeneratedParts } from '../../generatedParts.ts'

const rows: [name: string, row: SettingRow][] = Object.entries(settingsTable)

describe('the settings', () => {
  test('have defaults that pass their own check', () => {
    const withDefault = rows.filter(([, row]) => row.default !== undefined)
    expect(withDefault.length).toBeGreaterThan(8)
    for (const [name, { default: text = '' }] of withDefault)
      expect(readConfig({ [name]: text, HOME: '/home' }), name).toMatchObject({ port: 8000, logLevel: 'info' })
  })

  test.each(rows.filter(([, row]) => row.default !== undefined).map(([name]) => name))(
    'have the same value for the default of %s and without it',
    (name) => {
      const fixed = { DUET_TURN_SECRET: 'the secret of this test', HOME: '/home' }
      const { admin, ...others } = readConfig({ ...fixed, [name]: settingsTable[name as 'PORT'].default })
      const { admin: defaultAdmin, ...defaults } = readConfig(fixed)
      expect(others).toEqual(defaults)
      expect({ ...admin, isDefault: true }).toEqual(defaultAdmin)
    },
  )

  test('show the default quotas', () => {
    const shown = rows
      .filter(([, row]) => row.group === 'TURN quotas')
      .map(([, row]) => Number(/^`(\d+)`/.exec(row.defaultInWords ?? '')?.[1]))
    expect(shown.toSorted()).toEqual(Object.values(defaultQuotas).toSorted())
  })

  test('have one default and a help text on one line', () => {
    for (const [name, { default: value, defaultInWords, help }] of rows) {
      expect(value === undefined || defaultInWords === undefined, name).toBe(true)
      expect(help, name).toMatch(/^[^\n]+\.$/)
    }
  })

  test('are all known to the reader: an empty value is accepted', () => {
    expect(() => readConfig(Object.fromEntries(rows.map(([name]) => [name, ' '])))).not.toThrow()
  })
})

test('a similar name is suggested, across the settings of the server and of TURN', () => {
  expect(() => readConfig({ DUET_TRUN_PORT: '1' })).toThrow(
    /^Unknown setting DUET_TRUN_PORT. Did you mean DUET_TURN_PORT\?$/,
  )
  expect(() => readConfig({ DUET_LOGLEVEL: 'info' })).toThrow('Did you mean DUET_LOG_LEVEL?')
})

/** Rows of some groups. */
const ofGroups = (table: SettingsTable, isShown: (group: string) => boolean): SettingsTable =>
  Object.fromEntries(Object.entries(table).filter(([, { group }]) => isShown(group)))

/** To regenerate: `npx vitest run --config test/vitest.config.ts test/server/config/settings.test.ts -u`. */
test.each([
  ['README.md', ofGroups(settingsTable, (group) => group !== 'TURN quotas')],
  ['turn/README.md', turnSettingsTable],
])('the settings in %s are current; option -u regenerates them', async (file, table) => {
  const path = new URL(`../../../${file}`, import.meta.url).pathname
  const readme = readFileSync(path, 'utf8')
  await expect(replaceGeneratedParts(readme, { settings: formatSettingsTable(table) })).toMatchFileSnapshot(path)
})
