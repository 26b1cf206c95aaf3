import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { IceConfig } from '../../machines/protocol/messages.ts'
import type { TurnClient } from '../../turn/client/client.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { version } from '../../package.json'
import { SignalingTestClient } from '../client/signaling/signalingTestClient.ts'
import { deadlineMs } from '../deadline.ts'
import { FrameClient } from '../server/frameClient.ts'
import { httpGet } from '../server/httpGet.ts'
import { answer, offer } from '../server/testClient.ts'
import { allocate, connectTo } from '../turn/turnFixture.ts'
import { startRelay, startRestartable, useStagedReleases } from './stagedRelease.ts'

/** Restarts and upgrades of the packages with calls up. */

const releases = useStagedReleases()

function createStateFolder(): string {
  const folder = mkdtempSync(join(releases().folder, 'state-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Two clients whose media flows. */
async function startCall(url: string, room: string): Promise<[SignalingTestClient, SignalingTestClient]> {
  const pages = [new SignalingTestClient(url, room), new SignalingTestClient(url, room)] as const
  onTestFinished(() => pages.forEach((page) => page.stop()))
  for (const page of pages) await page.join()
  for (const page of pages) page.reportMedia('flowing')
  return [...pages]
}

/** Seats by page, after `times` joins each. @throws if a join was rejected meanwhile */
async function readSeats(pages: SignalingTestClient[], times: number): Promise<string[]> {
  const seats = await Promise.all(pages.map((page) => page.waitUntilJoined(times)))
  expect(pages.flatMap(({ rejectionCodes }) => rejectionCodes)).toEqual([])
  return seats.map(({ seat }) => seat)
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('a restart of the packaged server by %s', (signal) => {
  test('seats all 100 pages of 50 calls again, each in its own seat', { timeout: 6 * deadlineMs }, async () => {
    const server = await startRestartable(releases().present, { DUET_STATE: createStateFolder(), DUET_TURN: 'off' })
    const calls = await Promise.all(Array.from({ length: 50 }, (_, nth) => startCall(server.url, `room-${nth}`)))
    const pages = calls.flat()
    const before = await readSeats(pages, 1)
    await server.end(signal)
    await server.startAgain()
    const startedAt = performance.now()
    expect(await readSeats(pages, 2)).toEqual(before)
    console.log(`${signal}: 100 of 100 seated ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the start`)
  })

  test('drops no packet of a call through a relay of its own process', { timeout: 6 * deadlineMs }, async () => {
    const { present } = releases()
    const secret = { DUET_TURN_SECRET: 'a secret of this test only' }
    const port = await startRelay(present, { ...secret, DUET_TURN_ALLOW_PEERS: '127.0.0.1' })
    const url = `turn:127.0.0.1:${port}?transport=udp`
    const server = await startRestartable(present, { ...secret, DUET_STATE: createStateFolder(), DUET_TURN_URLS: url })
    const pages = await startCall(server.url, 'blue-door')
    const call = await startRelayedCall(server.url, url)
    await call.exchange(20)
    await server.end(signal)
    await call.exchange(20)
    let hasStarted = false
    const starting = server.startAgain().then(() => (hasStarted = true))
    while (!hasStarted) await call.exchange(1)
    await starting
    await readSeats(pages, 2)
    await call.exchange(20)
    expect(call.lostCount()).toBe(0)
  })
})

test('an upgrade from the release before keeps the seats, and messages pass', { timeout: 6 * deadlineMs }, async () => {
  const { present, previous } = releases()
  const server = await startRestartable(previous, { DUET_STATE: createStateFolder(), DUET_TURN: 'off' })
  const readVersion = async (): Promise<string> =>
    (JSON.parse((await httpGet(server.adminUrl, '/healthz')).text) as { version: string }).version
  expect(await readVersion()).toBe(previous.version)
  const calls = await Promise.all(Array.from({ length: 5 }, (_, nth) => startCall(server.url, `room-${nth}`)))
  const before = await readSeats(calls.flat(), 1)
  await server.end('SIGTERM')
  await server.startAgain(present)
  expect(await readSeats(calls.flat(), 2)).toEqual(before)
  expect(await readVersion()).toBe(version)
  for (const [ann, ben] of calls) {
    ann.sendMessage(offer('a1.1'))
    await vi.waitUntil(() => ben.receivedMessages.some(({ type }) => type === 'offer'), { timeout: deadlineMs })
    ben.sendMessage(answer('a1.1'))
    await vi.waitUntil(() => ann.receivedMessages.some(({ type }) => type === 'answer'), { timeout: deadlineMs })
  }
})

/** Two clients with an allocation each, by the credentials of the server. */
async function startRelayedCall(serverUrl: string, turnUrl: string) {
  const wire = await FrameClient.open(serverUrl)
  const { iceServers } = (await wire.request('query', 'ice.servers')).result!.data as IceConfig
  wire.socket.terminate()
  const { username = '', credential = '' } = iceServers.find(({ urls }) => urls.includes(turnUrl))!
  const port = Number(/:(\d+)\?/.exec(turnUrl)?.[1])
  const [{ client: ann }, { client: ben }] = [
    await connectTo('127.0.0.1', port, 'udp', { username, credential }),
    await connectTo('127.0.0.1', port, 'udp', { username, credential }),
  ]
  const [atAnn, atBen] = [await allocate(ann), await allocate(ben)]
  await ann.request('createPermission', [['xorPeerAddress', atBen]])
  await ben.request('createPermission', [['xorPeerAddress', atAnn]])
  return createPingPong({ ann, ben, atAnn, atBen })
}

/** Sends one packet at a time, there and back through both relays. So no buffer overflows on a busy machine. */
function createPingPong({
  ann,
  ben,
  atAnn,
  atBen,
}: Record<'ann' | 'ben', TurnClient> & Record<'atAnn' | 'atBen', Address>) {
  let [sent, received] = [0, 0]
  ben.onData = (data) => ben.sendData(atAnn, data)
  return {
    async exchange(count: number): Promise<void> {
      for (let index = 0; index < count; index++) {
        const payload = Buffer.from(`packet ${++sent}`)
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`packet ${sent} was lost`)), deadlineMs)
          ann.onData = (data) => {
            if (!payload.equals(data)) return
            clearTimeout(timer)
            received++
            resolve()
          }
          ann.sendData(atBen, payload)
        })
      }
    },
    lostCount: () => sent - received,
  }
}
