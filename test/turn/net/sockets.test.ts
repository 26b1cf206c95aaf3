import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTurn, type TurnOptions } from '../../../turn/index.ts'
import { localAddresses } from '../../../turn/common/localAddresses.ts'
import { createPacketHandler } from '../../../turn/net/udp.ts'
import type { TurnRuntime } from '../../../turn/net/turnRuntime.ts'
import type { Address } from '../../../turn/stun/ip.ts'
import { methods, read } from '../../../turn/stun/message.ts'
import { encode } from '../../../turn/stun/encode.ts'
import { occupyPort } from '../../usedPort.ts'
import {
  allocate,
  connectClient,
  createPeerSocket,
  nextData,
  secret,
  startEchoPeer,
  startTestServer as startAnyServer,
} from '../turnFixture.ts'
import { describeEngines } from '../engines.ts'

const binding = encode(
  { messageClass: 'request', method: methods.binding, transactionId: Buffer.from('twelve bytes') },
  [],
)

describeEngines((engine) => {
  const startTestServer = (changes: Partial<TurnOptions> = {}) => startAnyServer({ engine, ...changes })

  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    test('packets reach a peer and return, by indication and by channel', async () => {
      const turn = await startTestServer()
      const peer = await startEchoPeer()
      const { client } = await connectClient(turn, transport)
      await allocate(client)
      await client.request('createPermission', [['xorPeerAddress', peer]])
      const indicated = nextData(client)
      client.sendData(peer, Buffer.from('by indication'))
      expect(await indicated).toEqual(['by indication', peer])

      await client.request('channelBind', [
        ['channelNumber', 0x4001],
        ['xorPeerAddress', peer],
      ])
      const channelled = new Promise<Buffer>((resolve) => (client.receive = (packet) => resolve(Buffer.from(packet))))
      client.transport!.send(Uint8Array.of(0x40, 1, 0, 5, ...Buffer.from('hello'), 0, 0, 0))
      expect((await channelled).subarray(0, 9)).toEqual(Buffer.from([0x40, 1, 0, 5, ...Buffer.from('hello')]))
      await expect
        .poll(() => turn.counters())
        .toMatchObject({
          allocations: 1,
          permissions: 1,
          channels: 1,
          packetsToPeers: 2,
          bytesToPeers: 18,
          packetsToClients: 2,
          bytesToClients: 18,
        })
    })

    test('two relayed clients can connect', async () => {
      const turn = await startTestServer({ allowPeers: [] })
      const [{ client: near }, { client: far }] = [
        await connectClient(turn, transport),
        await connectClient(turn, transport),
      ]
      const [here, there] = [await allocate(near), await allocate(far)]
      await near.request('createPermission', [['xorPeerAddress', there]])
      await far.request('createPermission', [['xorPeerAddress', here]])
      const came = nextData(far)
      near.sendData(there, Buffer.from('hello'))
      expect(await came).toEqual(['hello', here])
    })

    test('loopback peers are denied unless allowPeers has them', async () => {
      const turn = await startTestServer({ allowPeers: [] })
      const { client } = await connectClient(turn, transport)
      await allocate(client)
      await expect(
        client.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: 9 }]]),
      ).rejects.toMatchObject({ code: 403 })
    })

    test('a deleted allocation closes its socket', async () => {
      const turn = await startTestServer()
      const { client } = await connectClient(turn, transport)
      const relay = await allocate(client)
      await client.request('refresh', [['lifetime', 0]])
      await bindWhenFree(relay)
    })
  })

  describe('listening', () => {
    test.each(localAddresses().map(({ ip }) => ip))(
      'a response leaves from the address that received the request: %s',
      async (ip) => {
        const turn = await startTestServer()
        const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4')
        onTestFinished(() => void socket.close())
        socket.send(binding, turn.port, ip)
        const [, from] = (await once(socket, 'message')) as [Buffer, { address: string; port: number }]
        expect([from.address, from.port]).toEqual([ip, turn.port])
      },
    )

    test('over TCP an IPv4 client gets its address as IPv4', async () => {
      const turn = await startTestServer()
      const { client } = await connectClient(turn, 'tcp')
      expect(read(await client.request('binding', []), 'xorMappedAddress')!.ip).toBe('127.0.0.1')
    })

    test('transports can exclude UDP', async () => {
      const turn = await startTestServer({ transports: ['tcp'] })
      const socket = createSocket('udp4')
      onTestFinished(() => void socket.close())
      socket.connect(turn.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.send(binding)
      expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
      await (await connectClient(turn, 'tcp')).client.request('binding', [])
    })

    test('on a used port rejects with transport, address and port', async () => {
      const port = await occupyPort()
      await expect(startTestServer({ host: '127.0.0.1', port })).rejects.toThrow(
        `cannot listen on TCP 127.0.0.1 port ${port}: another process uses it`,
      )
    })

    test('with a malformed CIDR rejects, and the error quotes it', async () => {
      await expect(startTestServer({ denyPeers: ['10.0.0.0/99'] })).rejects.toThrow('"10.0.0.0/99"')
    })

    test.each([['udp', 'tcp'], ['tcp']] as const)(
      'iceHostFor replaces a loopback page host, because Firefox ignores loopback ICE servers: %s %s',
      async (...transports) => {
        const turn = await startTestServer({ transports })
        const open = localAddresses().find(({ ip, isLoopback }) => !isLoopback && !ip.includes(':'))?.ip
        expect(['localhost', '127.0.0.1', '[::1]'].map((host) => turn.iceHostFor(host))).toEqual(
          Array(3).fill(open ?? expect.anything()),
        )
        expect(['example.org', '203.0.113.5', '2001:db8::1'].map((host) => turn.iceHostFor(host))).toEqual([
          'example.org',
          '203.0.113.5',
          '[2001:db8::1]',
        ])
      },
    )
  })

  describe('a TCP connection', () => {
    test('with another protocol is closed', async () => {
      const turn = await startTestServer()
      const socket = connect(turn.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write('\x80 is not STUN')
      await once(socket, 'close')
      expect(turn.counters().allocations).toBe(0)
    })

    test('that closes ends its allocation', async () => {
      const turn = await startTestServer()
      const { client } = await connectClient(turn, 'tcp')
      const relay = await allocate(client)
      client.close()
      const { client: other } = await connectClient(turn, 'tcp')
      await other.request('binding', [])
      await expect.poll(() => turn.counters()).toMatchObject({ connections: 1, allocations: 0 })
      await bindWhenFree(relay)
    })
  })

  test('close ends connections and frees the ports for a new server', async () => {
    const options = { port: 0, relayPorts: [61_000, 61_799], realm: 'test', secrets: [secret], engine } as const
    const first = await startTurn(options)
    const { client, closed } = await connectClient(first, 'tcp')
    await allocate(client)
    await first.close()
    expect(await closed).toBeInstanceOf(Error)
    const second = await startTurn({ ...options, port: first.port })
    expect(second.port).toBe(first.port)
    await second.close()
  })

  test('a relay port that another process holds is skipped and counted', async () => {
    const turn = await startTestServer({ relayPorts: [61_804, 61_805] })
    const { client } = await connectClient(turn, 'udp')
    const relay = await allocate(client)
    await client.request('refresh', [['lifetime', 0]])
    await bindWhenFree(relay)
    const ports = new Set<number>()
    // Each start is random, so 50 draws miss the used port with a probability of 2^-50.
    for (let i = 0; i < 50; i++) {
      ports.add((await allocate(client)).port)
      await client.request('refresh', [['lifetime', 0]])
    }
    await expect.poll(() => turn.counters().portConflicts).toBeGreaterThan(0)
    expect(ports.has(relay.port)).toBe(false)
  })

  test('data too large for a datagram are dropped, and later data are relayed', async () => {
    const turn = await startTestServer()
    const peer = await startEchoPeer()
    const { client } = await connectClient(turn, 'tcp')
    await allocate(client)
    await client.request('channelBind', [
      ['channelNumber', 0x4001],
      ['xorPeerAddress', peer],
    ])
    client.transport!.send(Buffer.concat([Uint8Array.of(0x40, 1, 0xff, 0xff), Buffer.alloc(65_536)]))
    const echoed = new Promise<Buffer>((resolve) => (client.receive = (packet) => resolve(Buffer.from(packet))))
    client.transport!.send(Uint8Array.of(0x40, 1, 0, 4, ...Buffer.from('more')))
    expect((await echoed).subarray(4).toString()).toBe('more')
  })

  test('packets of a peer without a permission are dropped', async () => {
    const turn = await startTestServer()
    const { client } = await connectClient(turn, 'udp')
    const relay = await allocate(client)
    const [unpermitted, permitted] = [await createPeerSocket(), await createPeerSocket()]
    const came = nextData(client)
    unpermitted.send('from an unpermitted peer', relay.port, relay.ip)
    await until(() => turn.counters().dropped === 1)
    await client.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: 1 }]])
    permitted.send('from a permitted peer', relay.port, relay.ip)
    expect((await came)[0]).toBe('from a permitted peer')
  })

  test('with an external IP of this machine, packets are relayed and unreachable peers are rejected', async () => {
    const turn = await startTestServer({ host: '127.0.0.1', externalIp: '127.0.0.1' })
    const peer = await startEchoPeer()
    const { client } = await connectClient(turn, 'udp')
    expect((await allocate(client)).ip).toBe('127.0.0.1')
    await client.request('createPermission', [['xorPeerAddress', peer]])
    const came = nextData(client)
    client.sendData(peer, Buffer.from('hello'))
    expect(await came).toEqual(['hello', peer])
    for (const method of ['createPermission', 'channelBind'] as const) {
      const values = [
        ['channelNumber', 0x4000],
        ['xorPeerAddress', { ip: '1.1.1.1', port: 9 }],
      ] as const
      await expect(
        client.request(
          method,
          values.filter(([name]) => method === 'channelBind' || name === 'xorPeerAddress'),
        ),
        method,
      ).rejects.toMatchObject({ code: 403 })
    }
  })
})

test('a packet from port 0 gets no response', async () => {
  const handled: unknown[] = []
  const runtime = {
    handlePacket: (packet: Buffer) => handled.push(packet),
    relayChannelData: (key: string) => handled.push(key),
  }
  const receive = createPacketHandler(runtime as unknown as TurnRuntime, { send() {} }, { ip: '127.0.0.1', port: 3478 })
  const from = { address: '192.0.2.1', family: 'IPv4', size: 20 } as const
  receive(Buffer.from(binding), { ...from, port: 0 })
  receive(Buffer.from([0x40, 0, 0, 0]), { ...from, port: 0 })
  expect(handled).toEqual([])
  receive(Buffer.from(binding), { ...from, port: 1 })
  expect(handled).toHaveLength(1)
})

/** Polls at each turn of the event loop; the test's timeout ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

/** Binds the address of a relay. The server may answer before it has closed the socket. */
async function bindWhenFree({ ip, port }: Address): Promise<void> {
  await expect
    .poll(async () => {
      const socket = createSocket('udp4')
      onTestFinished(() => void socket.close())
      socket.bind(port, ip)
      await once(socket, 'listening')
    })
    .toBeUndefined()
}
