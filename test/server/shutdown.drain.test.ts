import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { TurnClient } from '../../turn/client/client.ts'
import { Splitter } from '../../turn/net/framing.ts'
import type { Address } from '../../turn/stun/ip.ts'
import { allocate, connectTo, createCredentials, secret, startEchoPeer } from '../turn/turnFixture.ts'
import { makeCertificates } from './certificates.ts'
import { useServerProcess } from './serverProcess.ts'
import { openServerFixture } from './serverFixture.ts'

const { start } = useServerProcess()
const env = { DUET_TURN_SECRET: secret, DUET_TURN_ALLOW_PEERS: '127.0.0.1/32', DUET_TURN_SELF_TEST: 'no' }
const waits = /waiting for relayed calls to finish/

/** A relayed call: sends 50 packets a second to an echo peer. */
async function talk(client: TurnClient, peer: Address) {
  await allocate(client)
  await client.request('createPermission', [['xorPeerAddress', peer]])
  const timer = setInterval(() => client.sendData(peer, Buffer.from('hello')), 20)
  const stop = () => clearInterval(timer)
  onTestFinished(stop)
  const receivePackets = (packets: number) =>
    new Promise<void>((resolve) => {
      client.onData = () => void (--packets === 0 && resolve())
    })
  await receivePackets(1)
  return { receivePackets, stop }
}

const overUdp = async (port: number) => (await connectTo('127.0.0.1', port, 'udp')).client
const overTcp = async (port: number) => (await connectTo('127.0.0.1', port, 'tcp')).client

/** A TURN client over TLS that accepts a self-signed certificate. */
async function overTls(port: number): Promise<TurnClient> {
  const client = new TurnClient(createCredentials(), 5000)
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  onTestFinished(() => client.close())
  await once(socket, 'secureConnect')
  const splitter = new Splitter()
  socket
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => void splitter.push(chunk, (packet) => client.receive(packet)))
  client.transport = {
    isReliable: true,
    send: (packet) => void socket.write(packet),
    close: () => void socket.destroy(),
  }
  return client
}

test('after SIGTERM relayed calls continue, new allocations get 508, and the last release exits', async () => {
  const { child, ended, port, turnPort, waitForOutput } = await start({ ...env, DUET_TURN_DRAIN: '60' })
  const peer = await startEchoPeer()
  const clients = [await overUdp(turnPort), await overTcp(port)]
  const talks = await Promise.all(clients.map((client) => talk(client, peer)))
  const late = [await overUdp(turnPort), await overTcp(turnPort)]
  child.kill('SIGTERM')
  await waitForOutput(waits)
  for (const client of late) await expect(allocate(client)).rejects.toMatchObject({ code: 508 })
  const [refused] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
  expect(refused.code).toBe('ECONNREFUSED')
  // 250 packets take longer than the idle time after which the drain ends.
  await Promise.all(talks.map(({ receivePackets }) => receivePackets(250)))
  for (const client of clients) await client.request('refresh', [['lifetime', 0]])
  expect(await ended).toEqual([0, null])
})

test('an idle allocation does not delay the shutdown', async () => {
  const { child, ended, turnPort } = await start({ ...env, DUET_TURN_DRAIN: '60' })
  await allocate(await overUdp(turnPort))
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('after DUET_TURN_DRAIN the remaining relayed calls are closed', async () => {
  const { child, ended, port, turnPort } = await start({ ...env, DUET_TURN_DRAIN: '1' })
  const peer = await startEchoPeer()
  for (const client of [await overUdp(turnPort), await overTcp(port)]) await talk(client, peer)
  const before = performance.now()
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(performance.now() - before).toBeGreaterThan(950)
})

test('a second signal ends the drain with exit code 1', async () => {
  const { child, ended, turnPort, waitForOutput } = await start({ ...env, DUET_TURN_DRAIN: '60' })
  await talk(await overUdp(turnPort), await startEchoPeer())
  child.kill('SIGTERM')
  await waitForOutput(waits)
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
})

test('close() ends a running drain at once; a relayed call over TLS continues until then', async () => {
  const { file, remove } = makeCertificates('one')
  onTestFinished(remove)
  const tls = { DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') }
  const { server, waitForLog } = await openServerFixture(
    {},
    { ...env, ...tls, DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '22200-22299' },
  )
  const { receivePackets } = await talk(await overTls(server.port), await startEchoPeer())
  const drained = server.drain(3_600_000)
  await waitForLog('waiting for relayed calls to finish')
  await receivePackets(10)
  await server.close()
  await drained
})
