import { expect, test } from 'vitest'
import { parseMetrics } from '../server/metricsReader.ts'
import { httpGet } from '../server/httpGet.ts'
import { newJoinKey } from '../server/testClient.ts'
import { useServerProcess, type ServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'

const program = useServerProcess()
const mebibyte = 1024 * 1024
/** Burst of one socket: a frame of 32 KB takes eight of its 300 tokens. */
const messageCount = 33
const sdp = `v=0${'x'.repeat(31_000)}`

/** Two clients join a room from one address. One sends its whole burst; the other does not read. */
async function flood({ url }: ServerProcess, address: string, room: string): Promise<FrameClient[]> {
  const headers = { 'X-Forwarded-For': address }
  const [slow, loud] = [await FrameClient.open(url, { headers }), await FrameClient.open(url, { headers })]
  for (const wire of [slow, loud]) {
    wire.send(
      JSON.stringify({
        id: 0,
        method: 'subscription',
        params: { path: 'room.join', input: { room, joinKey: newJoinKey() } },
      }),
    )
    for (let frame = 0; frame < 2; frame++) await wire.next()
  }
  slow.socket.pause()
  for (let n = 1; n <= messageCount; n++) {
    const message = { type: 'offer', connection: 'b2.1', negotiation: n, sdp }
    loud.send(
      JSON.stringify({ id: n, method: 'mutation', params: { path: 'room.send', input: { room, seq: n, message } } }),
    )
  }
  return [slow, loud]
}

const readRssBytes = async ({ adminUrl }: ServerProcess): Promise<number> =>
  parseMetrics((await httpGet(adminUrl, '/metrics')).text).process_resident_memory_bytes!

test.each([
  ['1 address', 1, 60],
  ['50 addresses', 50, 2],
])(
  'a 64 MiB heap survives pairs in many rooms with one flooding and one stalled client, from %s',
  async (_, addresses, roomsEach) => {
    const running = await program.start({
      DUET_TURN_SELF_TEST: 'no',
      DUET_TRUSTED_PROXIES: '127.0.0.1',
      NODE_OPTIONS: '--max-old-space-size=64',
    })
    const before = await readRssBytes(running)
    const all: FrameClient[] = []
    for (let n = 0; n < addresses * roomsEach; n++)
      all.push(...(await flood(running, `198.51.100.${n % addresses}`, `room-${n}`)))
    const last = all.at(-1)!
    last.send('PING')
    while ((await last.next()) !== 'PONG');
    const sent = addresses * roomsEach * messageCount * sdp.length
    expect(running.child.exitCode).toBeNull()
    expect((await httpGet(running.url, '/healthz')).status).toBe(200)
    expect((await readRssBytes(running)) - before, `${Math.round(sent / mebibyte)} MiB were sent`).toBeLessThan(
      150 * mebibyte,
    )
    for (const wire of all) wire.socket.terminate()
  },
)
