import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TurnClient } from '../../../turn/client/client.ts'
import { makeCredentials, startTurn } from '../../../turn/index.ts'
import { hasReusePort } from '../../../turn/workers/workerPool.ts'
import { SharedRelayIps } from '../../../turn/workers/sharedRelayIps.ts'
import { partitionPorts, partitionQuotas } from '../../../turn/workers/partition.ts'
import { sumCounters } from '../../../turn/workers/sumCounters.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'
import { ServerState } from '../../../turn/core/serverState.ts'
import { needs } from '../../needs.ts'
import { newNode } from '../../tools.ts'
import { outcome } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'
import { allocate, connectTo, createCredentials, nextData, secret } from '../turnFixture.ts'
import { startTurnProgram } from '../turnProgram.ts'
import { describeEngines } from '../engines.ts'

/** Threads that serve UDP: `DUET_TURN_WORKERS`. */

describe('the partition of a thread', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)

  test('assigns each relay port to one thread and splits no pair', () => {
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 65 }), ([first, last], count) => {
        fc.pre(last - first > 2 * count)
        const parts = Array.from({ length: count }, (_, index) => partitionPorts([first, last], { index, count }))
        expect([parts[0]![0], parts.at(-1)![1]]).toEqual([first, last])
        for (const [i, [from, to]] of parts.entries()) {
          expect(to).toBeGreaterThan(from)
          if (i === 0) continue
          expect(from).toBe(parts[i - 1]![1] + 1)
          expect(from % 2).toBe(0)
        }
      }),
    )
  })

  test('rejects a range with less than a pair for each thread', () => {
    expect(() => partitionPorts([50_000, 50_004], { index: 0, count: 3 })).toThrow(
      'relay ports 50000-50004 are too few for 3 threads',
    )
  })

  test('divides quotas across allocations, but not those of one allocation', () => {
    const quotas = { ...defaultQuotas, user: 10, source: 100, total: 1000 }
    const divided = {
      user: 4,
      source: 34,
      guestSource: 11,
      total: 334,
      sourceBytesPerSecond: 16_666_667,
      totalBytesPerSecond: 66_666_667,
    }
    expect(partitionQuotas(quotas, { index: 1, count: 3 })).toEqual({ ...quotas, ...divided })
    // A page tests one URL with two allocations on each thread that it uses.
    expect(partitionQuotas({ ...quotas, guestSource: 8 }, { index: 1, count: 8 })).toMatchObject({
      guest: 4,
      guestSource: 4,
      sourceBytesPerSecond: 6_250_000,
    })
  })
})

describe('the shared state of threads', () => {
  test('has each relay address in all threads at once', () => {
    const memory = SharedRelayIps.createBuffer()
    const [one, other] = [new SharedRelayIps(memory), new SharedRelayIps(memory)]
    one.set('203.0.113.5', '10.0.0.5')
    other.set('2001:db8:1111:2222:3333:4444:5555:6666', '2001:db8::1')
    expect([other.get('203.0.113.5'), one.get('2001:db8:1111:2222:3333:4444:5555:6666')]).toEqual([
      '10.0.0.5',
      '2001:db8::1',
    ])
    expect([one.size, other.size, one.has('203.0.113.6')]).toEqual([2, 2, false])
  })

  test('lets each thread accept the nonces of the others', () => {
    const common = { nonceKey: Buffer.alloc(32, 7) }
    const [one, other, foreign] = [
      new CoreHarness({}, common),
      new CoreHarness({}, common),
      new CoreHarness({}, { nonceKey: Buffer.alloc(32, 8) }),
    ]
    const nonce = one.client().nonce()
    const ask = (harness: CoreHarness) =>
      outcome(harness.client().request('allocate', [['requestedTransport', 17]], { nonce }))
    expect([ask(other), ask(foreign)]).toEqual(['success', 438])
  })

  test('stores an address once, and keeps excess addresses in their own thread', () => {
    const memory = SharedRelayIps.createBuffer()
    const [one, other] = [new SharedRelayIps(memory), new SharedRelayIps(memory)]
    for (let i = 0; i < 70; i++) for (let again = 0; again < 3; again++) one.set(`203.0.113.${i}`, '10.0.0.5')
    expect([one.size, other.size]).toEqual([70, 64])
  })

  test('sums counters by name and by code', () => {
    const [one, other] = [new CoreHarness().state, new CoreHarness().state] as [ServerState, ServerState]
    Object.assign(one.counters, { dropped: 2, errorResponses: { 401: 1, 508: 1 } })
    Object.assign(other.counters, { dropped: 3, errorResponses: { 401: 4 } })
    one.counters.overQuota.user = 7
    const total = sumCounters([one.counters, other.counters])
    expect(total).toMatchObject({
      dropped: 5,
      errorResponses: { 401: 5, 508: 1 },
      overQuota: { user: 7, bytesPerSecond: 0 },
    })
    expect(one.counters.dropped).toBe(2)
  })
})

describe('a Node without reusePort', () => {
  test.each([
    ['20.19.0', false],
    ['22.11.9', false],
    ['22.12.0', true],
    ['24.0.0', true],
  ])('%s: %s', (version, has) => {
    expect(hasReusePort(version)).toBe(has)
  })

  test.skipIf(hasReusePort())('rejects DUET_TURN_WORKERS and leaves nothing open', async () => {
    const options = { port: 0, relayPorts: [61_000, 61_799], realm: 'test', secrets: [secret] } as const
    await expect(startTurn({ ...options, engine: 'dgram', workers: 1 })).rejects.toThrow(
      'DUET_TURN_WORKERS needs Node 22.12',
    )
  })
})

describeEngines((engine) =>
  describe('with two threads', () => {
    const test = needs('node 22')
    const serve = (env: Record<string, string> = {}) => startServer({ DUET_TURN_ENGINE: engine, ...env })

    test('clients of different threads can connect over UDP and TCP as soon as they have relays', async () => {
      const { port } = await serve()
      const callers = await Promise.all(
        Array.from({ length: 12 }, (_, i) => connectTo('127.0.0.1', port, i < 10 ? 'udp' : 'tcp')),
      )
      const people = await Promise.all(callers.map(async ({ client }) => ({ client, relay: await allocate(client) })))
      // With `node:dgram` the main thread has the third core, for TCP.
      const cores = engine === 'batch' ? 2 : 3
      expect(new Set(people.map(({ relay }) => threadOf(relay.port, cores)))).toEqual(new Set(Array(cores).keys()))
      await Promise.all(
        people.flatMap(({ client }) =>
          people.map(({ relay }) => client.request('createPermission', [['xorPeerAddress', relay]])),
        ),
      )
      for (const [i, one] of people.entries()) {
        const other = people[(i + 1) % people.length]!
        const received = nextData(other.client)
        one.client.sendData(other.relay, Buffer.from(`to ${i + 1}`))
        expect(await received).toEqual([`to ${i + 1}`, one.relay])
      }
    })

    test('quotas are enforced across threads', async () => {
      const { port } = await serve({ DUET_TURN_QUOTA_TOTAL: '3', DUET_TURN_QUOTA_SOURCE: '1000' })
      const relays = engine === 'batch' ? 4 : 2
      expect(await outcomes(await clients(port, 24))).toEqual([
        ...Array<number>(24 - relays).fill(508),
        ...Array<string>(relays).fill('relay'),
      ])
    })

    test('SIGHUP sends a new secret to all threads', async () => {
      const file = join(folder(), 'settings')
      writeFileSync(file, `DUET_TURN_SECRET=${secret}\n`)
      const { port, child } = await serve({ DUET_TURN_FILE: file, DUET_TURN_SECRET: 'overruled by the file' })
      writeFileSync(file, 'DUET_TURN_SECRET=a newer secret of this test\n')
      const newer = makeCredentials('a newer secret of this test', 'anna', Math.floor(Date.now() / 1000) + 3600)
      child.kill('SIGHUP')
      await expect.poll(async () => outcomes(await clients(port, 1, newer))).toEqual(['relay'])
      expect(await outcomes(await clients(port, 12, newer))).toEqual(Array(12).fill('relay'))
      expect(await outcomes(await clients(port, 12, createCredentials()))).toEqual(Array(12).fill(401))
    })

    test('SIGTERM rejects new allocations, keeps existing ones, and exits after the last', async () => {
      const { port, ended, child } = await serve({ DUET_TURN_DRAIN: '600' })
      const held = await clients(port, 12)
      expect(await outcomes(held)).toEqual(Array(12).fill('relay'))
      child.kill('SIGTERM')
      await expect
        .poll(async () => {
          const late = await clients(port, 12)
          held.push(...late)
          return outcomes(late)
        })
        .toEqual(Array(12).fill(508))
      // Clients from before the signal still hold one.
      await Promise.allSettled(held.map((client) => client.request('refresh', [['lifetime', 0]])))
      expect(await ended).toEqual([0, null])
    })
  }),
)

const clients = async (port: number, count: number, credentials = createCredentials()): Promise<TurnClient[]> =>
  (await Promise.all(Array.from({ length: count }, () => connectTo('127.0.0.1', port, 'udp', credentials)))).map(
    ({ client }) => client,
  )

/** Sends an Allocate from each client and returns the outcomes, sorted. */
async function outcomes(clients: readonly TurnClient[]): Promise<(string | number)[]> {
  const all = await Promise.all(
    clients.map((client) =>
      allocate(client).then(
        () => 'relay' as const,
        (error: { code: number }) => error.code,
      ),
    ),
  )
  return all.sort()
}

const relayPorts = [23_000, 23_599] as const
const threadOf = (port: number, cores: number): number => Math.floor((port - relayPorts[0]) / (600 / cores))

/** Starts the built `npm run turn`. It stops when the test ends. */
async function startServer(env: Record<string, string>) {
  const settings = {
    HOST: '127.0.0.1',
    DUET_TURN_PORT: '0',
    DUET_TURN_WORKERS: '2',
    DUET_TURN_RELAY_PORTS: relayPorts.join('-'),
    DUET_TURN_SECRET: secret,
    DUET_TURN_ALLOW_PEERS: '127.0.0.1/32',
    DUET_TURN_SELF_TEST: 'false',
    ...env,
  }
  const turn = await startTurnProgram(settings, newNode())
  onTestFinished(async () => {
    turn.child.kill('SIGKILL')
    await turn.ended
  })
  return turn
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'duet-workers-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}
