import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCredentials } from '../../../turn/index.ts'
import { allocate, connectTo, secret } from '../turnFixture.ts'
import { bundle, type Bundle } from '../../bundle.ts'
import { readTurnPort, runProgram, startProgram } from '../../programProcess.ts'
import { needs } from '../../needs.ts'

/** Runs the shipped bundle of the command line as a separate process. */
let made: Bundle
let folder: string
let program: string

beforeAll(async () => {
  made = await bundle('turn/commands/main.ts')
  ;({ folder, program } = made)
})

afterAll(() => made?.remove())

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runProgram([process.execPath, program, ...args], env)

/** Starts the server on a free port. */
async function serve(env: NodeJS.ProcessEnv = {}) {
  const turn = startProgram([process.execPath, program], { env: { HOST: '127.0.0.1', DUET_TURN_PORT: '0', ...env } })
  return { ...turn, port: await readTurnPort(turn) }
}

test('turn prints its ports and test credentials that pass the check, and exits at SIGTERM', async () => {
  const { child, ended, output, port, waitForOutput } = await serve()
  const url = `turn:127.0.0.1:${port}`
  const [, username, credential] = await waitForOutput(/username +(\S+)\s+credential (\S+)/)
  const check = await run(['check', '--username', username!, '--credential', credential!, url, `${url}?transport=tcp`])
  expect([check.code, check.stdout.match(/works$/gm)]).toEqual([0, ['works', 'works']])
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(output()).toContain('relay ports 49152-65535 (UDP), realm duet')
})

test('turn with a secret prints no credentials, and accepts credentials of that secret', async () => {
  const env = { DUET_TURN_SECRET: secret }
  const { child, ended, output, port } = await serve(env)
  expect((await run(['check', `turn:127.0.0.1:${port}`], env)).code).toBe(0)
  expect(await run(['check', `turn:127.0.0.1:${port}`], { DUET_TURN_SECRET: 'a guess at the secret' })).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('FAILED allocate: 401'),
  })
  child.kill('SIGINT')
  expect(await ended).toEqual([0, null])
  expect(output()).not.toMatch(new RegExp(`credential|${secret}`))
})

test.each([
  ['DUET_TURN_SECRTE', secret],
  ['DUET_TURN_DENY_PEERS', '10.0.0.0/33'],
  ['DUET_TURN_PORT', 'x'],
  ['DUET_TURN_SECRET', 'five5'],
])('the start fails for %s=%s with one line that names the variable', async (name, value) => {
  const { code, stdout, stderr } = await run([], { [name]: value })
  expect([
    code,
    stdout,
    stderr.trim().split('\n').length,
    stderr.replace('Unknown setting ', '').startsWith(name),
  ]).toEqual([1, '', 1, true])
})

test('the coturn command prints a whole configuration and the setup steps', async () => {
  const { code, stdout } = await run(['coturn'], { DUET_TURN_SECRET: secret, DUET_TURN_REALM: 'turn.example.net' })
  expect(code).toBe(0)
  for (const line of [
    `static-auth-secret=${secret}`,
    'realm=turn.example.net',
    'denied-peer-ip=10.0.0.0-10.255.255.255',
    `# DUET_TURN_SECRET=${secret}`,
  ])
    expect(stdout.split('\n')).toContain(line)
  expect(await run(['coturn'], { DUET_TLS_CERT: '/c.pem' })).toMatchObject({
    code: 1,
    stderr: 'DUET_TLS_CERT is set, but DUET_TLS_KEY is not\n',
  })
})

test('SIGHUP reloads the settings file, and a second SIGTERM exits at once despite an allocation', async () => {
  const file = join(folder, 'turn.env')
  await writeFile(file, `DUET_TURN_SECRET=${secret}`)
  const { child, ended, port } = await serve({ DUET_TURN_FILE: file })
  const next = 'the next secret of this test'
  const check = async (known: string) =>
    (await run(['check', `turn:127.0.0.1:${port}`], { DUET_TURN_SECRET: known })).code
  expect(await check(next)).toBe(1)
  await writeFile(file, `DUET_TURN_SECRET=${next}`)
  child.kill('SIGHUP')
  while ((await check(next)) !== 0);
  const { username, credential } = makeCredentials(next, 'anna', 9_999_999_999)
  const { client } = await connectTo('127.0.0.1', port, 'udp', { username, credential })
  await allocate(client)
  child.kill('SIGTERM')
  while (
    await client
      .request('binding', [])
      .then(() => connectTo('127.0.0.1', port, 'udp', { username, credential }))
      .then(({ client: late }) => allocate(late))
      .then(
        () => true,
        () => false,
      )
  );
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
})

needs('prlimit')(
  'without file descriptors the server logs the error with message, code and stack, and later relays again',
  async () => {
    const { child, ended, output, port, waitForOutput } = await serve({
      DUET_TURN_SECRET: secret,
      DUET_TURN_SELF_TEST: 'false',
    })
    const { client } = await connectTo('127.0.0.1', port)
    await limitDescriptors(child.pid!, '3')
    const [, fields] = await waitForOutput(/local addresses not read (\{.*)/)
    expect(JSON.parse(fields!)).toMatchObject({
      err: {
        type: 'SystemError',
        message: expect.stringContaining('uv_interface_addresses'),
        code: 'ERR_SYSTEM_ERROR',
        stack: expect.stringContaining('at '),
      },
    })
    await expect(allocate(client)).rejects.toMatchObject({ code: 508 })
    // A worker writes its lines through the main thread, after it has responded.
    await waitForOutput(/relay port unavailable/)
    expect(output().match(/relay port unavailable/g)).toHaveLength(1)
    await limitDescriptors(child.pid!, '512')
    await allocate(client)
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
  },
)

/** @param soft the soft limit; the hard limit stays */
const limitDescriptors = (pid: number, soft: string): Promise<unknown> =>
  promisify(execFile)('prlimit', ['--pid', `${pid}`, `--nofile=${soft}:`])

test('the server keeps running and exits at SIGTERM after the reader of its output has closed', async () => {
  const { child, ended, port } = await serve({
    DUET_TURN_SECRET: secret,
    DUET_TURN_DRAIN: '0',
    DUET_TURN_SELF_TEST: 'false',
  })
  child.stdout!.destroy()
  child.stderr!.destroy()
  await allocate((await connectTo('127.0.0.1', port)).client)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('help prints the usage, and check without a URL fails', async () => {
  expect(await run(['help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('npm run turn -- check URL...'),
  })
  expect(await run(['nonsense'])).toMatchObject({ code: 2 })
  expect(await run(['check'])).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a URL') })
})
