import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { LightPage } from '../server/light.ts'
import { type Program, useProgram } from '../server/program.ts'

const { start } = useProgram()

const folders: string[] = []
const pages: LightPage[] = []

afterEach(() => pages.splice(0).forEach((page) => page.stop()))
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-state-'))
  folders.push(folder)
  return folder
}

type Signal = 'SIGTERM' | 'SIGKILL'

/** A server that is started again on the same port with the same state. */
async function startRestartable(settings: Record<string, string>) {
  const own = { DUET_TURN_SELF_TEST: 'false', ...settings }
  let program: Program = await start(own)
  const { url, port } = program
  return {
    url,
    async end(signal: Signal): Promise<void> {
      const ended = once(program.child, 'exit')
      program.child.kill(signal)
      await ended
    },
    async startAgain(): Promise<void> {
      program = await start({ ...own, PORT: `${port}` })
    },
  }
}

function open(url: string, room: string): LightPage {
  const page = new LightPage(url, room)
  pages.push(page)
  return page
}

/** Two whose media flows. */
async function callIn(url: string, room: string): Promise<[LightPage, LightPage]> {
  const [ann, ben] = [open(url, room), open(url, room)]
  ann.join()
  await ann.isSeated()
  ben.join()
  await ben.isSeated()
  for (const page of [ann, ben]) page.report('flowing')
  return [ann, ben]
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('a restart by %s', (signal) => {
  test('gives both holders their own seats back when a stranger asks first', { timeout: 120_000 }, async () => {
    const server = await startRestartable({ DUET_STATE: newFolder() })
    const [ann, ben] = await callIn(server.url, 'blue-door')
    const before = [ann.seat!, ben.seat!]
    await server.end(signal)
    const stranger = open(server.url, 'blue-door')
    await server.startAgain()
    stranger.join()
    const after = await Promise.all([ann.isSeated(2), ben.isSeated(2)])
    expect(after.map(({ seat }) => seat)).toEqual(before.map(({ seat }) => seat))
    for (const [index, { epoch }] of after.entries()) expect(epoch).toBeGreaterThan(before[index]!.epoch)
    expect(await stranger.isRefused()).toBe('full')
    expect([ann.refusals, ben.refusals].flat()).toEqual([])
  })

  test('seats 100 of 100 pages of 50 calls behind one address, and throttles none', { timeout: 180_000 }, async () => {
    const server = await startRestartable({ DUET_STATE: newFolder() })
    const calls = await Promise.all(Array.from({ length: 50 }, (_, nth) => callIn(server.url, `room-${nth}`)))
    const before = calls.flat().map(({ seat }) => seat!.seat)
    await server.end(signal)
    await server.startAgain()
    const began = performance.now()
    const after = await Promise.all(calls.flat().map((page) => page.isSeated(2)))
    console.log(`100 of 100 seated ${((performance.now() - began) / 1000).toFixed(1)} s after the server listens`)
    expect(after.map(({ seat }) => seat)).toEqual(before)
    expect(calls.flat().flatMap(({ refusals }) => refusals)).toEqual([])
  })
})
