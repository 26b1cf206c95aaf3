import { describe, expect, test } from 'vitest'
import { serverLimits as limits } from '../../machines/protocol/limits.ts'
import { timers } from '../../machines/protocol/timeouts.ts'
import { makeCertificates } from '../server/certificate.ts'
import { numbersOf } from '../server/figures.ts'
import { newKey } from '../server/people.ts'
import { Wire } from '../server/wire.ts'
import { openWorld, startWorld, type World } from '../server/world.ts'
import { connectRaw, heardUntilClosed, upgradeRequest } from './raw.ts'

const turn = { DUET_TURN: 'embedded', DUET_TURN_PORT: '0', DUET_TURN_RELAY_PORTS: '22700-22799', DUET_TURN_SELF_TEST: 'no' }
/** As the row has it, and what a busy machine takes to notice. */
const patience = 8_000

type End = (work: () => void) => void

/** Says one byte after the other for as long as anybody listens. */
async function drip(url: string, onEnd: End, text: string): Promise<string> {
  const socket = await connectRaw(url, onEnd)
  const closed = heardUntilClosed(socket)
  let at = 0
  const timer = setInterval(() => void (at < text.length && socket.write(text[at++]!)), 50)
  socket.on('close', () => clearInterval(timer))
  return closed
}

async function speak(url: string, onEnd: End, text: string): Promise<string> {
  const socket = await connectRaw(url, onEnd)
  socket.write(text)
  return heardUntilClosed(socket)
}

// At once: all that they do is to wait.
describe.concurrent('slow-loris', () => {
  test.for([['with TURN beside it', turn], ['without', {}]] as const)('who takes for ever to ask is sent away within five seconds, at a port %s', { timeout: patience }, async ([, env], { onTestFinished }) => {
    const { server, end } = await openWorld({}, env)
    onTestFinished(end)
    const request = upgradeRequest([`Host: 127.0.0.1`, `X-Filler: ${'x'.repeat(5_000)}`])
    const answers = await Promise.all([
      drip(server.url, onTestFinished, request),
      speak(server.url, onTestFinished, request.slice(0, 100)), speak(server.url, onTestFinished, ''),
      speak(server.url, onTestFinished, 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nx'),
      speak(server.url, onTestFinished, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx'),
    ])
    for (const answer of answers) expect(answer).not.toMatch(/ 101 /)
  })

  test('who does not finish the TLS handshake is, too, within ten', { timeout: patience + 5_000 }, async ({ onTestFinished }) => {
    const { file, remove } = makeCertificates('one')
    onTestFinished(remove)
    const { server, end } = await openWorld({}, { ...turn, DUET_TURN_RELAY_PORTS: '22600-22699', DUET_TLS_CERT: file('one.crt'), DUET_TLS_KEY: file('one.key') })
    onTestFinished(end)
    await Promise.all([speak(server.url, onTestFinished, ''), speak(server.url, onTestFinished, '\x16\x03\x01\x02\0\x01')])
  })
})

const description = (n: number) => ({ type: 'offer', connection: 'a1.1', negotiation: n, sdp: `v=0${'x'.repeat(31_000)}` }) as const

/** One who visits and then reads no more. */
async function stopReading({ server }: World): Promise<{ token: string; slow: Wire }> {
  const slow = await Wire.open(server.url)
  slow.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'room.visit', input: { room: 'blue-door', key: newKey() } } }))
  await slow.next()
  const { token } = ((await slow.nextJson()).result?.data as { data: { token: string } }).data
  await slow.next()
  slow.socket.pause()
  return { token, slow }
}

test('a client stops reading while events are made: at most 1 MiB is held for it, it is closed as slow, others are unaffected, and it resumes', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000_000 } })
  const ann = world.person().visit('blue-door')
  await ann.joined()
  const { token, slow } = await stopReading(world)
  await ann.hears('ready')
  let most = 0
  let said = 0
  const look = async () => (await numbersOf(world)).duet_unsent_bytes!
  // The kernel's buffers take the first some megabytes.
  while (most < limits.unsentBytes / 2) {
    for (let n = 0; n < 20; n++) await ann.say(description(++said))
    most = Math.max(most, await look())
  }
  for (let more = 0; more < 100; more++) await ann.say(description(++said))
  most = Math.max(most, await look())
  expect(most).toBeLessThanOrEqual(limits.unsentBytes)
  for (let second = 0; second <= timers.serverPatience; second += 1_000) world.clock.pass(1_000)
  await ann.hears('peer.away')
  expect(await numbersOf(world)).toMatchObject({ 'duet_given_up_total{reason="slow"}': 1, duet_unsent_bytes: 0 })
  slow.socket.terminate()

  const again = world.person().visit('blue-door', { token })
  expect(await again.joined()).toMatchObject({ resumed: true })
  await ann.hears('peer.back')
  await ann.say({ type: 'bye' })
  expect(await again.hears('message')).toMatchObject({ message: { type: 'bye' } })
})

test('who asks and asks and reads no answer is closed as slow, too, and no more than 1 MiB is held for them', async () => {
  const world = await startWorld({ limits: { messageBurst: 1_000_000, unsentBytes: 200_000 } })
  const slow = await Wire.open(world.server.url)
  slow.socket.pause()
  const batch = `[${'0,'.repeat(100)}0]`
  let most = 0
  let numbers = await numbersOf(world)
  while (!numbers['duet_given_up_total{reason="slow"}']) {
    for (let n = 0; n < 20; n++) slow.send(batch)
    numbers = await numbersOf(world)
    most = Math.max(most, numbers.duet_unsent_bytes!)
  }
  expect(most).toBeLessThanOrEqual(200_000)
  expect(numbers['duet_given_up_total{reason="slow"}']).toBe(1)
  slow.socket.terminate()
})
