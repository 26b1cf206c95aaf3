import { expect, test } from 'vitest'
import { systemClock } from '../../server/common/clock.ts'
import { TurnClient } from '../../turn/client/client.ts'
import { allocate, connectTo, createPeerSocket } from '../turn/turnFixture.ts'
import { httpGet } from '../server/httpGet.ts'
import { errorCodeOf, newJoinKey, TestClient, type TestSubscription } from '../server/testClient.ts'
import { useServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'
import { openServerFixture } from '../server/serverFixture.ts'
import { makeCredentials } from '../../turn/index.ts'
import { malformedInputs } from './malformedInputs.ts'

/** Secrets that name themselves if they turn up in an output. */
const canary = {
  room: 'canary-room-7q',
  ufrag: 'cUfR',
  password: 'canaryIcePasswordCanary',
  sdpLine: 'canarySessionName',
  candidateIp: '198.51.100.77',
  visitorIp: '203.0.113.99',
  turnSecret: 'canaryTurnSecret',
  turnUser: 'canaryTurnUser',
  peerIp: '127.0.0.1',
}
const sdp = `v=0\r\no=- 1 1 IN IP4 ${canary.candidateIp}\r\ns=${canary.sdpLine}\r\na=ice-ufrag:${canary.ufrag}\r\na=ice-pwd:${canary.password}\r\n`
const offer = { type: 'offer', connection: 'a1.1', negotiation: 1, sdp } as const
const candidate = {
  type: 'candidate',
  connection: 'a1.1',
  candidate: {
    candidate: `candidate:1 1 udp 2122260223 ${canary.candidateIp} 5000 typ host ufrag ${canary.ufrag}`,
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: canary.ufrag,
  },
} as const
const env = {
  DUET_TURN_SECRET: canary.turnSecret,
  DUET_TURN_ALLOW_PEERS: '127.0.0.1/32',
  DUET_TRUSTED_PROXIES: '127.0.0.1',
  DUET_TURN_SELF_TEST: 'no',
  DUET_LOG_LEVEL: 'trace',
}
const headers = { 'X-Forwarded-For': canary.visitorIp }

/**
 * Strings that no log line or answer to an outsider may contain: the canaries, and secrets that the server generates.
 */
type Secrets = Set<string>

/** Runs a call with all its failure cases, and records every answer to an outsider. */
async function callAndAbuse(url: string, secrets: Secrets, answers: string[]): Promise<void> {
  const people: TestClient[] = []
  const enter = (more: Parameters<TestClient['join']>[1] = {}, room = canary.room): TestSubscription => {
    const person = new TestClient(url, { headers })
    people.push(person)
    const subscription = person.join(room, { ...more, joinKey: more.joinKey ?? newJoinKey() })
    secrets.add(subscription.joinKey)
    return subscription
  }
  const [ann, ben] = [enter(), enter()]
  const tokens: string[] = []
  for (const one of [ann, ben]) {
    const { token, iceServers } = await one.joined()
    tokens.push(token)
    for (const secret of [
      token,
      ...iceServers.flatMap(({ credential, username }) => [credential ?? [], username ?? []]).flat(),
    ])
      secrets.add(secret)
  }
  await ann.send(offer)
  await ann.send(candidate)
  answers.push(
    String(await errorCodeOf(ann.send({ ...offer, extra: sdp } as never, 3))),
    String(await errorCodeOf(ann.send({ ...candidate, candidate: sdp } as never, 3))),
  )
  answers.push(
    String(await enter().rejected()),
    String(await enter({ token: newJoinKey() }).rejected()),
    String(await enter({ token: tokens[0]! }, `${canary.room}/x`).rejected()),
  )
  const back = enter({ token: tokens[1]! })
  secrets.add((await back.joined()).token)
  answers.push(String(await enter({ token: newJoinKey() }).rejected()))
  await sendBadCalls(url, answers)
  await ann.leave()
  for (const person of people) await person.close()
}

/** Sends secrets in malformed calls, so that an error that quotes its input is detected. */
async function sendBadCalls(url: string, answers: string[]): Promise<void> {
  const wire = await FrameClient.open(url, { headers })
  const input = {
    room: canary.room,
    joinKey: sdp,
    token: canary.password,
    message: offer,
    lastEventId: candidate.candidate.candidate,
  }
  for (const path of ['room.join', 'room.send', 'room.reportMedia', 'room.leave', 'ice.servers', 'server.rooms']) {
    for (const method of ['subscription', 'mutation', 'query'])
      answers.push(JSON.stringify(await wire.request(method, path, input)))
  }
  for (const text of [sdp, `{"id":1,"method":"${canary.password}"}`, JSON.stringify([sdp, input])]) {
    wire.send(text)
    answers.push(await wire.next())
  }
  wire.socket.terminate()
}

/** ChannelData over TCP (RFC 8656 §12.4) may be longer than any UDP datagram. */
const oversizedChannelData = Buffer.concat([Buffer.from([0x40, 0, 65_532 >> 8, 65_532 & 0xff]), Buffer.alloc(65_532)])

/** Uses a relay validly, invalidly, and with more data than a datagram holds. */
async function relayAndAbuse(port: number, secrets: Secrets): Promise<void> {
  const credentials = makeCredentials(canary.turnSecret, canary.turnUser, Math.floor(Date.now() / 1000) + 600)
  secrets.add(credentials.credential)
  const { client } = await connectTo('127.0.0.1', port, 'tcp', credentials)
  await allocate(client)
  const peer = await createPeerSocket()
  const { port: peerPort } = peer.address()
  secrets.add(`127.0.0.1:${peerPort}`).add(`"port":${peerPort}`)
  await client.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port: peerPort }]])
  await client.request('channelBind', [
    ['channelNumber', 0x4000],
    ['xorPeerAddress', { ip: '127.0.0.1', port: peerPort }],
  ])
  client.transport!.send(oversizedChannelData)
  for (const ip of ['10.0.0.1', '169.254.169.254']) {
    await expect(client.request('createPermission', [['xorPeerAddress', { ip, port: 9 }]])).rejects.toMatchObject({
      code: 403,
    })
    secrets.add(`"${ip}`)
  }
  const forged = { username: `${credentials.username}"\n\r\u2028`, credential: canary.password }
  const { client: forgedClient } = await connectTo('127.0.0.1', port, 'udp', forged)
  await expect(allocate(forgedClient)).rejects.toMatchObject({ code: 401 })
  await waitUntilProcessed(client, peerPort)
}

/** Resolves when the server has processed all earlier requests: it answers in order. */
const waitUntilProcessed = (client: TurnClient, port: number) =>
  client.request('createPermission', [['xorPeerAddress', { ip: '127.0.0.1', port }]])

function expectNoSecrets(where: string, text: string, secrets: Secrets): void {
  for (const secret of [...secrets, ...Object.values(canary).filter((word) => word !== canary.peerIp)]) {
    const at = text.indexOf(secret)
    expect(at < 0 ? '' : text.slice(Math.max(0, at - 200), at + 100), `${secret} in ${where}`).toBe('')
  }
}

async function expectNoSecretsServed(url: string, adminUrl: string, secrets: Secrets): Promise<void> {
  const paths = ['/metrics', '/healthz', '/readyz', '/addresses', `/r/${canary.room}`, `/nothing/${canary.room}`]
  for (const [at, path] of [url, adminUrl].flatMap((each) => paths.map((path) => [each, path] as const))) {
    const { text, headers } = await httpGet(at, path)
    expectNoSecrets(path, text + JSON.stringify(headers), secrets)
  }
}

test('under attack no log, metric or answer to an outsider contains a secret, room name, SDP or address', async () => {
  const fixture = await openServerFixture(
    {
      clock: systemClock,
      limits: {
        failedJoinsPerAddressPerMinute: 1_000_000,
        failedJoinsPerSocketPerMinute: 1_000_000,
        newRoomsPerAddressPerMinute: 1_000_000,
        newRoomsPerSocketPerMinute: 1_000_000,
      },
    },
    { ...env, DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '22800-22899' },
  )
  const [secrets, answers]: [Secrets, string[]] = [new Set(), []]
  const port = fixture.logLines
    .map((line) => JSON.parse(line) as { turn?: number; msg: string })
    .find(({ msg }) => msg === 'server listening')!.turn!
  await callAndAbuse(fixture.server.url, secrets, answers)
  for (const [, outcome, run] of malformedInputs) expect(await run(fixture.server.url)).toBe(outcome)
  await relayAndAbuse(port, secrets)
  await expectNoSecretsServed(fixture.server.url, fixture.server.adminUrl!, secrets)
  await fixture.close()
  expect(
    fixture.logLines.filter((line) => line.includes('procedure rejected')).length,
    'the log names every attack',
  ).toBeGreaterThan(50)
  expectNoSecrets('the log', fixture.logLines.join(''), secrets)
  expectNoSecrets('an answer', answers.join('\n'), secrets)
})

const { start } = useServerProcess()

test('the shipped program writes no secret to its output', async () => {
  const { child, ended, output, url, adminUrl, turnPort } = await start(env)
  const [secrets, answers]: [Secrets, string[]] = [new Set(), []]
  await callAndAbuse(url, secrets, answers)
  for (const [name, outcome, run] of malformedInputs) {
    const came = await run(url)
    // A socket may close without its code if much data was in transit between two processes.
    if (typeof outcome === 'string') expect(came, name).toBe(outcome)
  }
  await relayAndAbuse(turnPort, secrets)
  await expectNoSecretsServed(url, adminUrl, secrets)
  child.kill('SIGTERM')
  await ended
  expect(output()).toContain('procedure rejected')
  expectNoSecrets('the output', output(), secrets)
})
