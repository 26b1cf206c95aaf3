import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { reconfigure } from '../../../turn/core/reconfigure.ts'
import { makeCredentials, readTurnSettings, reloadTurn } from '../../../turn/index.ts'
import { outcome } from '../turnTestClient.ts'
import { CoreHarness } from '../coreHarness.ts'
import { allocate, connectClient, createCredentials, secret, startTestServer } from '../turnFixture.ts'
import { describeEngines } from '../engines.ts'

const peer = { ip: '1.2.3.4', port: 5 }

describe('reconfigure', () => {
  let harness: CoreHarness
  beforeEach(() => void (harness = new CoreHarness()))
  const change = (changes: object) => reconfigure(harness.state, { ...harness.state.rules, ...changes })

  test('keeps allocations under the old secret, and requires the new secret for new ones', () => {
    const [holder, late] = [harness.client(), harness.client()]
    holder.allocate()
    change({ secrets: ['another'] })
    expect([
      outcome(holder.request('refresh')),
      outcome(late.request('allocate', [['requestedTransport', 17]])),
    ]).toEqual(['success', 401])
    late.credentials = makeCredentials('another', 'anna', harness.now / 1000 + 60)
    expect(outcome(late.request('allocate', [['requestedTransport', 17]]))).toBe('success')
  })

  test('deletes permissions and channels of denied peers only', () => {
    const turnClient = harness.client()
    const relay = turnClient.allocate()
    for (const [number, ip] of [
      [0x4000, '1.2.3.4'],
      [0x4001, '4.3.2.1'],
    ] as const) {
      turnClient.request('channelBind', [
        ['channelNumber', number],
        ['xorPeerAddress', { ip, port: 5 }],
      ])
    }
    change({ peerRules: { ...harness.state.rules.peerRules, denyPeers: ['1.2.3.0/24'] } })
    turnClient.sendChannelData(0x4000, Uint8Array.of(1))
    turnClient.sendChannelData(0x4001, Uint8Array.of(2))
    harness.receiveFromPeer(relay, Uint8Array.of(3), peer)
    expect([harness.relayed.map(({ to }) => to.ip), harness.state.counters.dropped]).toEqual([['4.3.2.1'], 2])
  })

  test('with wrong rules throws and changes nothing', () => {
    const before = harness.state.rules
    expect(() =>
      change({ secrets: ['another'], peerRules: { isOwnAddress: () => false, denyPeers: ['nonsense'] } }),
    ).toThrow('"nonsense"')
    expect([harness.state.rules, harness.state.peerPolicy.judge('1.2.3.4')]).toEqual([before, 'open'])
  })
})

describeEngines((engine) => {
  test('reloadTurn reads the settings file again, and a broken file changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-turn-file-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'turn.env')
    const env = { DUET_TURN_FILE: file, DUET_TURN_SECRET: 'of the environment', DUET_TURN_ENGINE: engine }
    const write = (text: string) => writeFileSync(file, text)
    write(`# a comment\n\nDUET_TURN_SECRET=${secret}\n`)
    expect(readTurnSettings(env).options.secrets).toEqual([secret])

    const warnings: string[] = []
    const log = {
      debug() {},
      info() {},
      warn: (fields: object, message: string) => void warnings.push(message + JSON.stringify(fields)),
      error() {},
    }
    const turn = await startTestServer({ engine, log })
    const { client } = await connectClient(turn, 'udp')
    await allocate(client)
    await expect.poll(() => turn.counters().allocations).toBe(1)
    write(`DUET_TURN_SECRET="the next secret of this test,${secret}"\nDUET_TURN_QUOTA_TOTAL=1\nDUET_TURN_REALM=other`)
    reloadTurn(turn, env, log)
    expect([turn.secret, turn.counters().allocations, warnings]).toEqual([
      'the next secret of this test',
      1,
      [expect.stringContaining('restart'), expect.stringContaining('restart'), expect.stringContaining('"realm"')],
    ])
    await client.request('refresh', [])
    // A thread gets the new settings a moment later.
    await expect
      .poll(async () => allocate((await connectClient(turn, 'udp')).client).catch((error: unknown) => error))
      .toMatchObject({ code: 508 })

    write('DUET_TURN_SECRET=hush: a secret of this test\nDUET_TURN_DENY_PEERS=nonsense')
    reloadTurn(turn, env, log)
    expect([turn.secret, warnings.at(-1)]).toEqual([
      'the next secret of this test',
      expect.stringMatching(/not reloaded.*DUET_TURN_DENY_PEERS/),
    ])
    write('hush')
    reloadTurn(turn, env, log)
    expect(warnings.at(-1)).toMatch(/DUET_TURN_FILE: each line/)
    expect(warnings.join()).not.toContain('hush')
  })

  describe('a draining server', () => {
    test('rejects new allocations (508), serves the old ones, and resolves after the last one', async () => {
      const turn = await startTestServer({ engine })
      const [{ client }, { client: late }] = [
        await connectClient(turn, 'udp'),
        await connectClient(turn, 'tcp', '127.0.0.1', createCredentials('bob')),
      ]
      await allocate(client)
      const drained = turn.drain(60_000)
      await expect(allocate(late)).rejects.toMatchObject({ code: 508 })
      await client.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: 5 }]])
      await client.request('refresh', [['lifetime', 0]])
      await drained
      expect(turn.counters().allocations).toBe(0)
    })

    test('waits until its deadline at most, and not at all without allocations', async () => {
      const turn = await startTestServer({ engine })
      await turn.drain(60_000)
      const other = await startTestServer({ engine })
      await allocate((await connectClient(other, 'udp')).client)
      await other.drain(10)
      expect(other.counters().allocations).toBe(1)
    })
  })
})
