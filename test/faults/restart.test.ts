import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { waitFor } from 'xstate'
import { createRandomKey } from '../../client/common/randomKey.ts'
import type { SignalingEffect } from '../../machines/signaling/signalingEvents.ts'
import { SignalingTestClient } from '../client/signaling/signalingTestClient.ts'
import { deadlineMs } from '../deadline.ts'
import { type ServerProcess, useServerProcess } from '../server/serverProcess.ts'

const { start } = useServerProcess()

const folders: string[] = []
const pages: SignalingTestClient[] = []

afterEach(() => pages.splice(0).forEach((page) => page.stop()))
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const createFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-state-'))
  folders.push(folder)
  return folder
}

type Signal = 'SIGTERM' | 'SIGKILL'

/** A server that can restart on the same port with the same state. */
async function startRestartable(settings: Record<string, string>) {
  const own = { DUET_TURN_SELF_TEST: 'false', ...settings }
  let program: ServerProcess = await start(own)
  const { url, port } = program
  return {
    url,
    async end(signal: Signal): Promise<void> {
      program.child.kill(signal)
      await program.ended
    },
    async startAgain(): Promise<void> {
      program = await start({ ...own, PORT: `${port}` })
    },
  }
}

function openPage(url: string, room: string): SignalingTestClient {
  const page = new SignalingTestClient(url, room)
  pages.push(page)
  return page
}

/** Two clients whose media flows. */
async function startCall(url: string, room: string): Promise<[SignalingTestClient, SignalingTestClient]> {
  const [ann, ben] = [openPage(url, room), openPage(url, room)]
  await ann.join()
  await ben.join()
  for (const page of [ann, ben]) page.reportMedia('flowing')
  return [ann, ben]
}

/** Resolves when this page has had an effect that matches. */
async function waitForEffect(page: SignalingTestClient, matches: (effect: SignalingEffect) => boolean): Promise<void> {
  await vi.waitUntil(() => page.effects.some(matches), { timeout: deadlineMs, interval: 5 })
}

const askAgain = (joinKey: string) => ({ type: 'visit.requested', ask: { joinKey, name: 'Ben' } }) as const

/** Acts, and resolves to the next visitor at the door of the page that waits. */
async function atDoor(page: SignalingTestClient, act: () => void = () => undefined): Promise<number> {
  const known = page.effects.length
  const visitors = (): number[] =>
    page.effects
      .slice(known)
      .flatMap((effect) =>
        effect.type === 'event.received' && effect.roomEvent.type === 'door'
          ? (effect.roomEvent.visitor?.id ?? [])
          : [],
      )
  act()
  await vi.waitUntil(() => visitors().length > 0, { timeout: deadlineMs, interval: 5 })
  return visitors()[0]!
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('a restart by %s', (signal) => {
  test(
    'both holders resume their own seats after a restart, although another client joins first',
    { timeout: 120_000 },
    async () => {
      const server = await startRestartable({ DUET_STATE: createFolder() })
      const [ann, ben] = await startCall(server.url, 'blue-door')
      const before = [ann.seat!, ben.seat!]
      await server.end(signal)
      const outsider = openPage(server.url, 'blue-door')
      await server.startAgain()
      outsider.requestSeat()
      const after = await Promise.all([ann.waitUntilJoined(2), ben.waitUntilJoined(2)])
      expect(after.map(({ seat }) => seat)).toEqual(before.map(({ seat }) => seat))
      for (const [index, { epoch }] of after.entries()) expect(epoch).toBeGreaterThan(before[index]!.epoch)
      expect(await outsider.waitUntilRejected()).toBe('full')
      expect([ann.rejectionCodes, ben.rejectionCodes].flat()).toEqual([])
    },
  )

  test(
    'a room that asks first keeps its policy, and admits the visitor that asks again',
    { timeout: 120_000 },
    async () => {
      const server = await startRestartable({ DUET_STATE: createFolder(), DUET_ROOM_POLICY: 'ask' })
      const [ann, ben] = [openPage(server.url, 'blue-door'), openPage(server.url, 'blue-door')]
      await ann.join()
      const joinKey = createRandomKey()
      ben.machine.send({ type: 'visit.requested', ask: { joinKey, name: 'Ben' } })
      ben.machine.send({ type: 'page.opened' })
      const before = await atDoor(ann)
      await server.end(signal)
      const outsider = openPage(server.url, 'blue-door')
      await server.startAgain()
      outsider.requestSeat()
      expect((await ann.waitUntilJoined(2)).door?.policy).toBe('ask')
      expect(await outsider.waitUntilRejected()).toBe('ask-first')
      // After a crash the visitor has lost its place, and its page asks again.
      const visitor = signal === 'SIGTERM' ? before : await atDoor(ann, () => ben.machine.send(askAgain(joinKey)))
      ann.machine.send({ type: 'visitor.answered', visitor, isAdmitted: true })
      await waitForEffect(ben, (effect) => effect.type === 'visit.updated' && effect.view.ask === 'admitted')
      ben.machine.send({ type: 'join.requested', joinKey, token: null })
      expect(await ben.waitUntilJoined()).toMatchObject({ seat: 'b', state: 'ready' })
    },
  )

  test('both holders of a locked room resume their seats, and nobody else gets in', { timeout: 120_000 }, async () => {
    const server = await startRestartable({ DUET_STATE: createFolder() })
    const [ann, ben] = await startCall(server.url, 'blue-door')
    ann.machine.send({ type: 'policy.selected', policy: 'locked' })
    for (const page of [ann, ben])
      await waitFor(page.machine, ({ context }) => context.policy === 'locked', { timeout: deadlineMs })
    await server.end(signal)
    const outsiders = [openPage(server.url, 'blue-door'), openPage(server.url, 'blue-door')]
    await server.startAgain()
    outsiders[0]!.requestSeat()
    const after = await Promise.all([ann.waitUntilJoined(2), ben.waitUntilJoined(2)])
    expect(after.map(({ seat, door }) => [seat, door?.policy])).toEqual([
      ['a', 'locked'],
      ['b', 'locked'],
    ])
    expect(await outsiders[0]!.waitUntilRejected()).toBe('full')
    ben.machine.send({ type: 'seat.released' })
    await waitForEffect(ann, (effect) => effect.type === 'event.received' && effect.roomEvent.type === 'peer.left')
    outsiders[1]!.requestSeat()
    expect(await outsiders[1]!.waitUntilRejected()).toBe('locked')
  })
})
