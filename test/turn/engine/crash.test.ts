import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { expect } from 'vitest'
import { needs } from '../../needs.ts'
import { allocate, connectClient, nextData, startEchoPeer, startTestServer } from '../turnFixture.ts'

/** A worker that ends for any reason, such as an uncaught exception or lack of memory. */

const test = needs('koffi')

const countDescriptors = (): number => readdirSync('/proc/self/fd').length

test('a worker that ends is replaced: its descriptors are closed, and clients allocate again at the same port', async () => {
  const errors: string[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) }
  const started = once(process, 'worker') as Promise<[Worker]>
  const turn = await startTestServer({ engine: 'batch', log })
  const [worker] = await started
  const { client } = await connectClient(turn, 'tcp')
  await allocate(client)
  const before = countDescriptors()
  for (let i = 0; i < 20; i++) await allocate((await connectClient(turn, 'udp')).client)
  await expect.poll(() => turn.counters().allocations).toBe(21)

  const exited = once(worker, 'exit')
  const replaced = once(process, 'worker')
  await worker.terminate()
  await exited
  // Open: the sockets of 20 clients and the process. Closed: 21 relays, the listeners and the event loop of the worker.
  expect(countDescriptors()).toBeLessThan(before + 20)
  await replaced
  const peer = await startEchoPeer()
  await expect
    .poll(async () => {
      const { client: next } = await connectClient(turn, 'udp')
      await allocate(next)
      await next.request('createPermission', [['xorPeerAddress', peer]])
      const received = nextData(next)
      next.sendData(peer, Buffer.from('hello again'))
      return received
    })
    .toEqual(['hello again', peer])
  await allocate((await connectClient(turn, 'tcp')).client)
  await expect.poll(() => turn.counters().allocations).toBe(2)
  expect(errors).toEqual(['worker exited, respawning'])
})
