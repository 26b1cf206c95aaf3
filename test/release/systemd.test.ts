import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { readTurnSettings } from '../../turn/index.ts'
import { needs } from '../needs.ts'

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
