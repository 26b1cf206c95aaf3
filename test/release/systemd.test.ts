import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { readTurnSettings } from '../../turn/index.ts'
import { needs } from '../needs.ts'
import { readServerAddresses, startProgram, type ProgramProcess } from '../programProcess.ts'
import { packageSettings } from './releaseFiles.ts'

const test = needs('systemd-analyze')
const file = new URL('../../deploy/systemd/duet.service', import.meta.url).pathname
const unit = readFileSync(file, 'utf8')
const valueOf = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]

test('systemd-analyze finds no error, and an exposure of at most 2.0', () => {
  const analyze = (...args: string[]): string =>
    execFileSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, SYSTEMD_LOG_LEVEL: 'err' } })
  const [, exposure] =
    /exposure level for duet\.service: ([\d.]+)/.exec(analyze('security', '--offline=true', file)) ?? []
  expect(Number(exposure)).toBeLessThanOrEqual(2)
})

test('the unit gives a shutdown more time than the drain takes, and reloads at SIGHUP', () => {
  expect(Number(valueOf('TimeoutStopSec'))).toBeGreaterThanOrEqual(readTurnSettings({}).drainTimeoutMs / 1000 + 5)
  expect(valueOf('ExecReload')).toContain('-HUP')
  expect(valueOf('StateDirectory')).toBe('duet')
  expect(Number(valueOf('LimitNOFILE'))).toBeGreaterThanOrEqual(65_536)
})

/** Receives datagrams in place of systemd, and prints each one on a line. */
const receiver = `use IO::Socket::UNIX; $| = 1;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
while (defined $socket->recv(my $text, 4096)) { $text =~ tr/\\n/ /; print "got $text\\n" }`

/** Starts a program that ends with the test. */
function start(command: string[], env: NodeJS.ProcessEnv): ProgramProcess {
  const program = startProgram(command, { env: { PATH: process.env.PATH, ...env } })
  onTestFinished(async () => {
    program.child.kill('SIGKILL')
    await program.ended
  })
  return program
}

needs('systemd-notify', 'perl')('systemd learns that the server is ready, alive and stopping', async () => {
  expect([valueOf('Type'), valueOf('NotifyAccess')]).toEqual(['notify', 'all'])
  expect(Number(valueOf('WatchdogSec'))).toBeGreaterThanOrEqual(30)
  const folder = mkdtempSync(join(tmpdir(), 'duet-notify-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const NOTIFY_SOCKET = join(folder, 'notify')
  const systemd = start(['perl', '-e', receiver, NOTIFY_SOCKET], {})
  await systemd.waitForOutput(/^listening$/m)
  const main = new URL('../../dist/server/main.js', import.meta.url).pathname
  const server = start(['sh', '-c', 'export WATCHDOG_PID=$$; exec "$0" "$1"', process.execPath, main], {
    ...packageSettings,
    DUET_STATE: 'off',
    NOTIFY_SOCKET,
    WATCHDOG_USEC: '100000',
  })
  const { url } = await readServerAddresses(server)
  await systemd.waitForOutput(new RegExp(`^got READY=1 STATUS=${url}`, 'm'))
  await systemd.waitForOutput(/(^got WATCHDOG=1[^]*){2}/m)
  await server.stop()
  await systemd.waitForOutput(/^got STOPPING=1 STATUS=draining/m)
})
