import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { digestInputs, isCurrent, recordInputs } from '../deploy/build/inputs.mjs'

let root: string
const write = (file: string, text = file): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'duet-build-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json']) write(file)
  for (const file of ['client/main.ts', 'machines/room.ts', 'server/net/host.ts', 'turn/core.ts', 'client/README.md'])
    write(file)
  write('dist/client/index.html')
  write('dist/server/main.js')
  recordInputs(root, 'client', digestInputs(root, 'client'))
  recordInputs(root, 'server', digestInputs(root, 'server'))
})

const currentTargets = () => (['client', 'server'] as const).filter((target) => isCurrent(root, target))

test('a build is current until an input changes, and again when the change is undone', () => {
  expect(currentTargets()).toEqual(['client', 'server'])
  write('client/main.ts', 'another')
  expect(currentTargets()).toEqual(['server'])
  write('client/main.ts')
  expect(currentTargets()).toEqual(['client', 'server'])
})

test.each([
  ['turn/core.ts', ['client']],
  ['server/net/host.ts', ['client']],
  ['machines/room.ts', []],
  ['package-lock.json', []],
  ['client/README.md', ['client', 'server']],
])('after a change of %s the current builds are %j', (file, current) => {
  write(file, 'another')
  expect(currentTargets()).toEqual(current)
})

test('a new file, a removed file and a missing output make a build stale', () => {
  write('client/new.svelte')
  expect(currentTargets()).toEqual(['server'])
  rmSync(join(root, 'client/new.svelte'))
  rmSync(join(root, 'turn/core.ts'))
  expect(currentTargets()).toEqual(['client'])
  rmSync(join(root, 'dist/client/index.html'))
  expect(currentTargets()).toEqual([])
})

test('a copy and a touched file are current: only names and contents count', () => {
  utimesSync(join(root, 'client/main.ts'), new Date(), new Date())
  expect(currentTargets()).toEqual(['client', 'server'])
  const copy = `${root}-copy`
  cpSync(root, copy, { recursive: true })
  onTestFinished(() => rmSync(copy, { recursive: true }))
  expect(isCurrent(copy, 'client')).toBe(true)
})
