import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { timeouts } from '../../machines/protocol/timeouts.ts'
import { useServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'
import { connectRaw } from './rawSocket.ts'

const program = useServerProcess()

/** Longer than any socket or request may be silent. */
const stallMs = timeouts.firstMessageTimeoutMs + 1_000

test('a server that stalls for 6 s closes no socket or request whose data waits in the kernel', async () => {
  const { child, url } = await program.start({ DUET_TURN_SELF_TEST: 'no' })
  const wires = await Promise.all(Array.from({ length: 10 }, () => FrameClient.open(url)))
  const requests = await Promise.all(Array.from({ length: 3 }, () => connectRaw(url)))
  for (const socket of requests) socket.write('GET /healthz HTTP/1.1\r\n')
  const closes: number[] = []
  for (const wire of wires) wire.socket.on('close', (code) => closes.push(code))

  child.kill('SIGSTOP')
  for (const [id, wire] of wires.entries())
    wire.send(JSON.stringify({ id, method: 'query', params: { path: 'ice.servers' } }))
  for (const socket of requests) socket.write('Host: localhost\r\n\r\n')
  await sleep(stallMs)
  child.kill('SIGCONT')

  for (const [id, wire] of wires.entries()) expect(await wire.nextJson()).toMatchObject({ id, result: {} })
  for (const socket of requests) expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
  expect(closes).toEqual([])
  for (const wire of wires) wire.socket.terminate()
})
