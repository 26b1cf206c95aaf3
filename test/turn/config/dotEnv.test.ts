import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withDotEnv } from '../../../turn/index.ts'

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-env-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('settings of .env are read, the environment has priority, and other variables are ignored', () => {
  const folder = createFolder()
  writeFileSync(
    join(folder, '.env'),
    '# a comment\nPORT=8080\nDUET_ADMIN=off\nDUET_PUBLIC_URL="https://call.example.org" # public\nNODE_OPTIONS=--inspect\n',
  )
  expect(withDotEnv({ PORT: '9000', PATH: '/bin' }, folder)).toEqual({
    PORT: '9000',
    PATH: '/bin',
    DUET_ADMIN: 'off',
    DUET_PUBLIC_URL: 'https://call.example.org',
  })
})

test('without .env the environment stays, and an unreadable one stops the start with a line that names it', () => {
  const folder = createFolder()
  const env = { PORT: '9000' }
  expect(withDotEnv(env, folder)).toBe(env)
  mkdirSync(join(folder, '.env'))
  expect(() => withDotEnv(env, folder)).toThrow(/^\.env: EISDIR/)
})
