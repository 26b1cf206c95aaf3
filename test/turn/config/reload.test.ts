import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { reconfigure } from '../../../turn/core/reconfigure.ts'
import { makeCredentials, readTurnSettings, reloadTurn } from '../../../turn/index.ts'
import { outcome } from '../asker.ts'
import { Desk } from '../desk.ts'
import { allocate, call, login, secret, startForTest } from '../line.ts'

const peer = { ip: '1.2.3.4', port: 5 }

describe('new rules', () => {
  let desk: Desk
  beforeEach(() => void (desk = new Desk()))
  const change = (changes: object) => reconfigure(desk.core, { ...desk.core.rules, ...changes })

  test('keep allocations, whose users go on under the old secret while new ones need the new', () => {
    const [holder, late] = [desk.client(), desk.client()]
    holder.allocate()
    change({ secrets: ['another'] })
    expect([outcome(holder.ask('refresh')), outcome(late.ask('allocate', [['requestedTransport', 17]]))]).toEqual(['success', 401])
    late.login = makeCredentials('another', 'anna', desk.now / 1000 + 60)
    expect(outcome(late.ask('allocate', [['requestedTransport', 17]]))).toBe('success')
  })

  test('take permissions and channels away that they forbid, and leave others', () => {
    const asker = desk.client()
    const relay = asker.allocate()
    for (const [number, ip] of [[0x4000, '1.2.3.4'], [0x4001, '4.3.2.1']] as const) {
      asker.ask('channelBind', [['channelNumber', number], ['xorPeerAddress', { ip, port: 5 }]])
    }
    change({ peers: { ...desk.core.rules.peers, denyPeers: ['1.2.3.0/24'] } })
    asker.sendChannelData(0x4000, Uint8Array.of(1))
    asker.sendChannelData(0x4001, Uint8Array.of(2))
    desk.receiveFromPeer(relay, Uint8Array.of(3), peer)
    expect([desk.relayed.map(({ to }) => to.ip), desk.core.counters.dropped]).toEqual([['4.3.2.1'], 2])
  })

  test('that are wrong change nothing', () => {
    const before = desk.core.rules
    expect(() => change({ secrets: ['another'], peers: { isOurs: () => false, denyPeers: ['nonsense'] } })).toThrow('"nonsense"')
    expect([desk.core.rules, desk.core.policy.judge('1.2.3.4')]).toEqual([before, 'open'])
  })
})

test('a file of settings is read again on a reload, and a broken one leaves all as it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-turn-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'turn.env')
  const env = { DUET_TURN_FILE: file, DUET_TURN_SECRET: 'of the environment' }
  const write = (text: string) => writeFileSync(file, text)
  write(`# ours\n\nDUET_TURN_SECRET=${secret}\n`)
  expect(readTurnSettings(env).options.secrets).toEqual([secret])

  const warnings: string[] = []
  const log = { debug() {}, info() {}, warn: (fields: object, message: string) => void warnings.push(message + JSON.stringify(fields)), error() {} }
  const turn = await startForTest({ log })
  const { client } = await call(turn, 'udp')
  await allocate(client)
  write(`DUET_TURN_SECRET="the next secret of this test,${secret}"\nDUET_TURN_QUOTA_TOTAL=1\nDUET_TURN_REALM=other`)
  reloadTurn(turn, env, log)
  expect([turn.secret, turn.counters().allocations, warnings]).toEqual(['the next secret of this test', 1, [expect.stringContaining('restart'), expect.stringContaining('restart'), expect.stringContaining('"realm"')]])
  await client.request('refresh', [])
  await expect(allocate((await call(turn, 'udp')).client)).rejects.toMatchObject({ code: 508 })

  write('DUET_TURN_SECRET=hush: a secret of this test\nDUET_TURN_DENY_PEERS=nonsense')
  reloadTurn(turn, env, log)
  expect([turn.secret, warnings.at(-1)]).toEqual(['the next secret of this test', expect.stringMatching(/not reloaded.*DUET_TURN_DENY_PEERS/)])
  write('hush')
  reloadTurn(turn, env, log)
  expect(warnings.at(-1)).toMatch(/DUET_TURN_FILE: each line/)
  expect(warnings.join()).not.toContain('hush')
})

describe('a server that drains', () => {
  test('takes no new allocation (508), serves the old ones, and has ended when the last one has', async () => {
    const turn = await startForTest()
    const [{ client }, { client: late }] = [await call(turn, 'udp'), await call(turn, 'tcp', '127.0.0.1', login('bob'))]
    await allocate(client)
    const drained = turn.drain(60_000)
    await expect(allocate(late)).rejects.toMatchObject({ code: 508 })
    await client.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: 5 }]])
    await client.request('refresh', [['lifetime', 0]])
    await drained
    expect(turn.counters().allocations).toBe(0)
  })

  test('does not wait past its deadline, nor for nothing', async () => {
    const turn = await startForTest()
    await turn.drain(60_000)
    const other = await startForTest()
    await allocate((await call(other, 'udp')).client)
    await other.drain(10)
    expect(other.counters().allocations).toBe(1)
  })
})
