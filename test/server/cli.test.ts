import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { version } from '../../package.json'
import { parseArguments } from '../../server/cli.ts'
import { settingsTable } from '../../server/config/settingsTable.ts'
import { turnSettingsTable } from '../../turn/config/settingsTable.ts'
import { httpGet } from './httpGet.ts'
import { useServerProcess } from './serverProcess.ts'
import { issueChain } from './tools/doctor/issueChain.ts'

const { run, start } = useServerProcess()

const programs = [
  ['main', settingsTable],
  ['turn', turnSettingsTable],
] as const

describe.each(programs)('the built program %s', (name, table) => {
  test('prints its settings once each, within 100 columns, for --help and -h', async () => {
    const { code, stdout, stderr } = await run({}, { name, args: ['--help'] })
    const lines = stdout.split('\n')
    expect([code, stderr, lines.filter((line) => line.length > 100)]).toEqual([0, '', []])
    const names = lines.map((line) => /^ {2}([A-Z][A-Z_]+) /.exec(line)?.[1]).filter((each) => each !== undefined)
    expect(names.toSorted()).toEqual(Object.keys(table).toSorted())
    expect(await run({}, { name, args: ['-h'] })).toEqual({ code, stdout, stderr })
  })

  test('prints help even with a wrong setting', async () => {
    expect((await run({ DUET_TURN_PROT: '1' }, { name, args: ['--help'] })).code).toBe(0)
  })

  test('prints the version of package.json', async () => {
    expect(await run({}, { name, args: ['--version'] })).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test.each([['--inspekt'], ['8000']])(
    'exits with code 2 and one line for the unknown argument %s',
    async (unknown) => {
      const { code, stdout, stderr } = await run({}, { name, args: [unknown] })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(new RegExp(`^[^\\n]*${unknown}[^\\n]*--help[^\\n]*\\n$`))
    },
  )
})

test('turn prints help for the command help, and rejects unknown arguments of its commands', async () => {
  const [byCommand, byOption] = await Promise.all([['help'], ['--help']].map((args) => run({}, { name: 'turn', args })))
  expect(byCommand).toEqual(byOption)
  for (const args of [
    ['check', '--usrname', 'anna', 'turn:example.org'],
    ['coturn', '--usrname'],
  ]) {
    const { code, stderr } = await run({}, { name: 'turn', args })
    expect(code, args[0]).toBe(2)
    expect(stderr, args[0]).toMatch(/^[^\n]*--usrname[^\n]*--help[^\n]*\n$/)
  }
})

describe('doctor', () => {
  test('prints one line for each check, and exits with code 1 if one failed', async () => {
    const { code, stdout } = await run({ DUET_TURN_PORT: 'x' }, { args: ['doctor'] })
    expect([code, stdout.split('\n')]).toEqual([
      1,
      [
        expect.stringMatching(/^failed {3}settings {2}DUET_TURN_PORT: "x" is not .* Correct it, and run this again\.$/),
        '1 failed, 0 warning, 0 ok, 0 skipped',
        '',
      ],
    ])
  })

  test('reads a settings file, and prints one JSON object for --json', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-doctor-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'duet.env')
    writeFileSync(file, 'DUET_TURN=off\nDUET_STATE=off\n')
    const { code, stdout } = await run({}, { args: ['doctor', '--json', '--env-file', file] })
    const report = JSON.parse(stdout) as { ok: boolean; checks: { check: string; detail: string }[] }
    expect([code, report.ok]).toEqual([0, true])
    expect(report.checks).toContainEqual(expect.objectContaining({ detail: expect.stringContaining('no TURN server') }))
  })

  test('trusts a certificate as Node does, and finds a running server at its public URL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-doctor-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { leaf, key, authority } = issueChain(['localhost'], 90)
    const files = { 'cert.pem': leaf + authority, 'key.pem': key, 'authority.pem': authority }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const tls = { DUET_TLS_CERT: join(folder, 'cert.pem'), DUET_TLS_KEY: join(folder, 'key.pem') }
    const { port, url } = await start(tls)
    expect(url).toMatch(/^https:/)
    const args = ['doctor', '--url', `https://localhost:${port}`]
    const { code, stdout } = await run({ NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }, { args })
    expect(stdout).toMatch(/^ok +certificate +Browsers trust the certificate of localhost until/m)
    expect(stdout).toMatch(/^ok +STUN .*\n(ok +TURN .*works.*\n){3}/m)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\n0 failed, 0 warning, \d+ ok, 1 skipped\n$/)])
    expect((await run({}, { args })).code, 'without the authority').toBe(1)
  })

  test('prints help, and rejects unknown arguments with code 2', async () => {
    const { code, stdout } = await run({ PORT: 'x' }, { args: ['doctor', '--help'] })
    expect([code, stdout]).toEqual([0, expect.stringContaining('--env-file FILE')])
    for (const args of [['--jsn'], ['--url', 'call.example.org'], ['now']]) {
      const wrong = await run({}, { args: ['doctor', ...args] })
      expect([wrong.code, wrong.stdout], args.join(' ')).toEqual([2, ''])
      expect(wrong.stderr).toMatch(/^[^\n]*--help[^\n]*\n$/)
    }
  })
})

test('load measures a running server, and refuses one of somebody else', async () => {
  const { url } = await start({ DUET_TURN: 'off' })
  const { code, stdout } = await run({}, { args: ['load', '--url', url, '--rooms', '2', '--duration', '1'] })
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ rooms: 2, joins: 4, messages: 4 })])
  const refused = await run({}, { args: ['load', '--url', 'https://call.duet.example'] })
  expect([refused.code, refused.stdout]).toEqual([2, ''])
  expect(refused.stderr).toMatch(/^duet: .*--this-server-is-mine.*--help[^\n]*\n$/)
  expect((await run({}, { args: ['load', '-h'] })).stdout).toMatch(/^Usage:\n.* load \[OPTION/)
})

describe('parseArguments', () => {
  test('accepts --inspect and --lan', () => {
    expect([[], ['--inspect'], ['--lan'], ['--lan', '--inspect']].map(parseArguments)).toEqual([
      { type: 'start', hasInspector: false, isLan: false },
      { type: 'start', hasInspector: true, isLan: false },
      { type: 'start', hasInspector: false, isLan: true },
      { type: 'start', hasInspector: true, isLan: true },
    ])
  })

  test('prefers --help to everything else', () => {
    expect(parseArguments(['--inspekt', '--version', '--help'])).toEqual({ type: 'help' })
  })

  test('names the first unknown argument on one line', () => {
    expect(() => parseArguments(['--inspect', 'on\noff'])).toThrow('unknown argument on off; --help lists')
  })
})

test('a server without a terminal writes one JSON object per line, from its start to its end', async () => {
  const server = await start({ DUET_TURN_DRAIN: '0' })
  await server.stop()
  const messages = server
    .output()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(messages).toContain('server ready')
  expect(messages.at(-1)).toBe('server closed')
})

test('with --lan the built program serves https, and keeps its authority over a restart', async () => {
  const state = mkdtempSync(join(tmpdir(), 'duet-lan-'))
  onTestFinished(() => rmSync(state, { recursive: true }))
  const startLan = async (): Promise<string> => {
    const server = await start({ DUET_STATE: state, DUET_TURN_DRAIN: '0' }, { args: ['--lan'] })
    expect(server.url).toMatch(/^https:/)
    const { text } = await httpGet(server.url, '/lan/duet-ca.crt')
    await server.stop()
    return text
  }
  const first = await startLan()
  expect(first).toContain('BEGIN CERTIFICATE')
  expect(await startLan()).toBe(first)
})
