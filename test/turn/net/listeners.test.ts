import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { Listeners } from '../../../turn/net/listeners.ts'
import { StreamConnections } from '../../../turn/net/streamConnections.ts'
import { createRuntime, silentLog } from './createRuntime.ts'

/** Addresses that appear, disappear, or cannot be bound yet. Linux can bind all of 127/8, but not 198.51.100.77. */
const absent = '198.51.100.77'

async function openListeners(ips: string[]) {
  const warnings: object[] = []
  const log = { ...silentLog, warn: (fields: object, message: string) => void warnings.push({ ...fields, message }) }
  const runtime = createRuntime(log)
  const machine = { ips }
  const listeners = new Listeners(runtime, new StreamConnections(runtime), machine, {
    host: undefined,
    port: 0,
    transports: ['udp', 'tcp'],
  })
  await listeners.open()
  onTestFinished(() => listeners.close())
  return { listeners, machine, warnings }
}

test('a failed bind does not affect other addresses, and is retried until it succeeds', async () => {
  const { listeners, machine, warnings } = await openListeners(['127.0.0.1', absent])
  expect(listeners.addresses).toEqual(['0.0.0.0', '127.0.0.1'])
  const other = createSocket('udp4').bind({ port: listeners.port, address: '127.0.0.2', exclusive: true })
  await once(other, 'listening')
  machine.ips = [absent, '127.0.0.2', '127.0.0.3']
  for (let second = 0; second < 3; second++) await listeners.bindMissing()
  expect(listeners.addresses).toEqual(['0.0.0.0', '127.0.0.1', '127.0.0.3'])
  expect(warnings).toEqual([
    {
      transport: 'udp',
      ip: '127.0.0.2',
      port: listeners.port,
      reason: 'another process uses it',
      message: 'failed to bind new address',
    },
  ])
  other.close()
  await once(other, 'close')
  await listeners.bindMissing()
  expect(listeners.addresses).toContain('127.0.0.2')
})

test('an IPv6 address that appears later is served over both transports', async () => {
  const { listeners, machine, warnings } = await openListeners(['127.0.0.1'])
  machine.ips = ['127.0.0.1', '::1']
  await listeners.bindMissing()
  expect([[...listeners.addresses].sort(), warnings]).toEqual([['0.0.0.0', '127.0.0.1', '::', '::1'], []])
})

test('bindMissing after close binds nothing', async () => {
  const { listeners, machine } = await openListeners(['127.0.0.1'])
  await listeners.close()
  machine.ips = ['127.0.0.1', '127.0.0.2']
  await listeners.bindMissing()
  expect(listeners.addresses).toEqual([])
})
