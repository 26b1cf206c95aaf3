import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { type EmulatedHost, NetLab } from './netLab.ts'
import type { NetworkNamespace } from './networkNamespace.ts'

/** The emulated link applies its conditions. Both hosts have a link, so packets pass both. */

const test = needs('root', 'iproute2', 'perl', 'tun')

const run = promisify(execFile)
const there = '198.18.9.2'

interface Pings {
  answered: number
  fastest: number
}

/** Sends `count` datagrams to an echo. Counts the replies up to 1 s after the last; `fastest` is in ms. */
async function ping({ execPrefix: [program, ...args] }: NetworkNamespace, count: number): Promise<Pings> {
  const { stdout } = await run(program, [...args, process.execPath, '-e', pinging, there, `${count}`])
  return JSON.parse(stdout) as Pings
}

const pinging = `
  const [, to, count] = process.argv, socket = require('node:dgram').createSocket('udp4'), took = []
  const end = () => (console.log(JSON.stringify({ answered: took.length, fastest: Math.min(...took) })), process.exit())
  socket.on('message', (sent) => {
    took.push(performance.now() - Number(sent))
    if (took.length === Number(count)) end()
  })
  socket.connect(7, to, () => {
    let sent = 0
    const timer = setInterval(() => {
      socket.send(String(performance.now()))
      if (++sent < count) return
      clearInterval(timer)
      setTimeout(end, 1_000)
    }, 5)
  })
`
const echoing = `
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (sent, { address, port }) => socket.send(sent, port, address))
  socket.bind(7, () => console.log('ready'))
`

/** The MAC address that this host resolved by ARP. */
async function readMacAddress(
  { execPrefix: [program, ...args] }: NetworkNamespace,
  ip: string,
): Promise<string | null> {
  const { stdout } = await run(program, [...args, 'ip', 'neighbour', 'show', ip])
  return /lladdr (\S+)/.exec(stdout)?.[1] ?? null
}

describe('a host behind an emulated link', () => {
  let lab: NetLab
  let near: EmulatedHost
  let far: EmulatedHost

  beforeAll(async () => {
    lab = new NetLab()
    near = await lab.addEmulatedHost('near', '198.18.9.1')
    far = await lab.addEmulatedHost('far', there)
    const [program = '', ...args] = far.host.execPrefix
    const echo = execFile(program, [...args, process.execPath, '-e', echoing])
    await new Promise((resolve) => echo.stdout!.once('data', resolve))
    await ping(near.host, 1)
  })
  afterAll(() => lab?.close())

  test('has no loss and a low round-trip time by default', async () => {
    const { answered, fastest } = await ping(near.host, 50)
    expect(answered).toBe(50)
    expect(fastest).toBeLessThan(50)
  })

  test('has a round-trip time of the sum of the delays', async () => {
    near.link.setConditions({ delayMs: 120 }, 'up')
    near.link.setConditions({ delayMs: 30 }, 'down')
    far.link.setConditions({ delayMs: 50 }, 'up')
    const { answered, fastest } = await ping(near.host, 50)
    for (const { link } of [near, far]) link.setConditions({ delayMs: 0 })
    expect(answered).toBe(50)
    // Only the fastest reply excludes the load of the machine.
    expect(fastest).toBeGreaterThanOrEqual(200)
    expect(fastest).toBeLessThan(300)
  })

  test('loses and counts lossPercent of its frames', async () => {
    near.link.setConditions({ lossPercent: 30 }, 'up')
    const before = near.link.frameCounts.up.lost
    const { answered } = await ping(near.host, 400)
    near.link.setConditions({ lossPercent: 0 })
    // Expected: 280, standard deviation 9.
    expect(answered).toBeGreaterThan(230)
    expect(answered).toBeLessThan(330)
    // The kernel sends ARP requests now and then, which can be lost, too.
    const asked = near.link.frameCounts.up.lost - before - (400 - answered)
    expect(asked).toBeGreaterThanOrEqual(0)
    expect(asked).toBeLessThan(10)
  })

  test('receives nothing while one or both directions are cut, and everything after restore()', async () => {
    near.link.cut('down')
    const { passed } = near.link.frameCounts.up
    expect(await ping(near.host, 20)).toMatchObject({ answered: 0 })
    expect(near.link.frameCounts.up.passed - passed).toBeGreaterThanOrEqual(20)
    near.link.cut()
    expect(await ping(near.host, 20)).toMatchObject({ answered: 0 })
    near.link.restore()
    expect(await ping(near.host, 20)).toMatchObject({ answered: 20 })
  })

  test('is not resolved by ARP while its link is cut, although a second link of the host is up', async () => {
    const second = await lab.addEmulatedLink(far.host, 'second', 'second', '198.18.9.3')
    far.link.cut()
    near.host.ip('neigh flush dev out')
    await ping(near.host, 20)
    expect(await readMacAddress(near.host, there)).toBe(null)
    far.link.restore()
    await ping(near.host, 20)
    expect(await readMacAddress(near.host, there)).not.toBe(null)
    await second.close()
  })
})
