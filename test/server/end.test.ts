import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Person } from './people.ts'

const root = join(import.meta.dirname, '../..')
let folder: string
let main: string
const children: ChildProcess[] = []

/** Built for this test alone, inside the repository so that packages are found. */
beforeAll(async () => {
  mkdirSync(join(root, 'dist'), { recursive: true })
  folder = mkdtempSync(join(root, 'dist/test-server-'))
  main = join(folder, 'main.js')
  await build({ root: join(root, 'server'), configFile: join(root, 'server/vite.config.ts'), build: { outDir: folder }, logLevel: 'error' })
}, 30_000)
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))

const environment = (more: Record<string, string>) =>
  ({ PATH: process.env.PATH, PORT: '0', HOST: '127.0.0.1', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '50200-50300', ...more })

/** Starts the program; resolves to its address when it said so. */
async function start(more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main], { env: environment(more), stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const [, url = ''] = await says(child, /^Duet is at (\S+)/m)
  return { child, url }
}

/** Resolves when the program's output has this. */
function says(child: ChildProcess, what: RegExp): Promise<RegExpExecArray> {
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      output += String(chunk)
      const found = what.exec(output)
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(`it ended: ${output}`)))
  })
}

/** Runs the program to its end. */
async function fail(more: Record<string, string>): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const end = promisify(execFile)(process.execPath, [main], { env: environment(more), timeout: 10_000 })
  return end.then((output) => ({ code: 0, ...output }), (error: { code: unknown; stdout: string; stderr: string }) => error)
}

test.each([
  ['PORT', 'http'], ['DUET_TLS_CERT', '/nowhere'], ['DUET_TURN_PORT', 'x'], ['DUET_NONSENSE', '1'], ['DUET_TURN_NONSENSE', '1'], ['HOST', '192.0.2.254'],
])('%s=%s ends the start with one line that names it', async (name, value) => {
  const { code, stderr } = await fail({ DUET_TURN: 'off', DUET_LOG_LEVEL: 'silent', [name]: value })
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^duet: [^\\n]*${name.replace('CERT', '(CERT|KEY)')}[^\\n]*\\n$`))
})

test('a port in use ends the start with one line', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { code, stderr } = await fail({ PORT: String(port) })
  other.close()
  expect([code, stderr]).toEqual([1, `duet: PORT: ${port} is in use on 127.0.0.1; stop what uses it, or choose another\n`])
})

test('a port of TURN in use does so too', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { code, stderr } = await fail({ DUET_TURN_PORT: String(port) })
  other.close()
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^duet: DUET_TURN: [^\\n]*${port}[^\\n]*\\n$`))
})

test.each(['SIGTERM', 'SIGINT'] as const)('at %s everybody is told to come again later, and the program ends', async (signal) => {
  const { child, url } = await start()
  const people = Array.from({ length: 10 }, () => new Person(url))
  const visits = people.map((person, index) => person.visit(`room-${index}`))
  for (const visit of visits) await visit.joined()
  const ended = once(child, 'exit')
  child.kill(signal)
  const delays = await Promise.all(visits.map(async (visit) => (await visit.hears('drain')).delayMs))
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...delays)).toBeLessThanOrEqual(10_000)
  expect(new Set(delays).size).toBeGreaterThan(5)
  expect(await ended).toEqual([0, null])
  await Promise.all(people.map((person) => person.close()))
})

test('the second signal ends it at once, even where somebody does not let go', async () => {
  const { child, url } = await start()
  const ann = new Person(url)
  const visit = ann.visit('blue-door')
  await visit.joined()
  ann.socket.pause()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await says(child, /server drains/)
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  await ann.close()
})

test('somebody who does not let go does not keep it for long', async () => {
  const { child, url } = await start()
  const ann = new Person(url)
  await ann.visit('blue-door').joined()
  ann.socket.pause()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await ann.close()
})
