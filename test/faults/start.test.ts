import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { needs } from '../needs.ts'
import { type ExitResult, readServerAddresses, runProgram, startProgram } from '../programProcess.ts'
import { version } from '../../package.json'
import { httpGet } from '../server/httpGet.ts'

/** `npm start` in a copy of the built project without any package. */

const test = needs('root')
const root = join(import.meta.dirname, '../..')
const env = {
  PATH: process.env.PATH,
  PORT: '0',
  HOST: '127.0.0.1',
  DUET_ADMIN: '127.0.0.1:0',
  DUET_TURN_PORT: '0',
  DUET_STATE: 'off',
  npm_config_update_notifier: 'false',
}
let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'duet-copy-'))
  for (const name of [
    'deploy',
    'client',
    'machines',
    'server',
    'turn',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  for (const name of ['client', 'server', 'client.inputs', 'server.inputs'])
    cpSync(join(root, 'dist', name), join(copy, 'dist', name), { recursive: true })
})
afterAll(() => rmSync(copy, { recursive: true }))

/** Runs npm in the copy, which is mounted read-only in a mount namespace. */
const inReadOnlyCopy = (command: string): string[] => [
  ...['unshare', '--mount', 'sh', '-ec'],
  `mount --bind "${copy}" "${copy}"; mount -o remount,bind,ro "${copy}"; cd "${copy}"; exec ${command}`,
]

const run = (command: string): Promise<ExitResult> => runProgram(inReadOnlyCopy(command), { ...env, HOME: copy })

test('a built tree starts without packages from a read-only folder, and serves its pages', async () => {
  // npm does not pass SIGTERM on, so the server itself runs without npm.
  expect(await run('npm --silent start -- --version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  const program = startProgram(inReadOnlyCopy(`${process.execPath} dist/server/main.js`), { env })
  onTestFinished(() => void program.child.kill('SIGKILL'))
  const { url } = await readServerAddresses(program)
  expect((await httpGet(url, '/r/blue-door')).text).toContain('<div id="app">')
  await program.stop()
})

test('a stale tree without packages does not start, and one line names the remedy', async () => {
  appendFileSync(join(copy, 'client/main.ts'), '\n')
  expect(await run('npm --silent start')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^duet: the build is missing or older than its sources.* `npm ci`\.\n$/) as string,
  })
  // The server alone is still current.
  expect((await run('npm --silent run turn -- --version')).code).toBe(0)
})
