import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { type EmulatedHost, NetLab } from './netLab.ts'
import type { NetworkNamespace } from './networkNamespace.ts'

/** The emulated link applies its conditions. Both sites have one, so each sees both. */

const test = needs('root', 'iproute2', 'perl', 'tun')

const run = promisify(execFile)
const there = '198.18.9.2'

interface Pings {
  answered: number
  fastest: number
}

/** How many of so many datagrams an echo gave back within a second of the last, and the quickest in how many milliseconds. */
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

describe('a site behind an emulated link', () => {
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

  test('hears and is heard at once in fair conditions', async () => {
    const { answered, fastest } = await ping(near.host, 50)
    expect(answered).toBe(50)
    expect(fastest).toBeLessThan(50)
  })

  test('waits as long as each way takes', async () => {
    near.link.setConditions({ delayMs: 120 }, 'up')
    near.link.setConditions({ delayMs: 30 }, 'down')
    far.link.setConditions({ delayMs: 50 }, 'up')
    const { answered, fastest } = await ping(near.host, 50)
    for (const { link } of [near, far]) link.setConditions({ delayMs: 0 })
    expect(answered).toBe(50)
    // What the machine was at besides is in the others.
    expect(fastest).toBeGreaterThanOrEqual(200)
    expect(fastest).toBeLessThan(300)
  })

  test('loses as many as it is told to, and counts them', async () => {
    near.link.setConditions({ lossPercent: 30 }, 'up')
    const before = near.link.frameCounts.up.lost
    const { answered } = await ping(near.host, 400)
    near.link.setConditions({ lossPercent: 0 })
    // 280 with a standard deviation of 9.
    expect(answered).toBeGreaterThan(230)
    expect(answered).toBeLessThan(330)
    // Now and then the kernel asks for the neighbour's address (ARP), which may be lost, too.
    const asked = near.link.frameCounts.up.lost - before - (400 - answered)
    expect(asked).toBeGreaterThanOrEqual(0)
    expect(asked).toBeLessThan(10)
  })

  test('is cut off, one way or both, and back', async () => {
    near.link.cut('down')
    const { passed } = near.link.frameCounts.up
    expect(await ping(near.host, 20)).toMatchObject({ answered: 0 })
    expect(near.link.frameCounts.up.passed - passed).toBeGreaterThanOrEqual(20)
    near.link.cut()
    expect(await ping(near.host, 20)).toMatchObject({ answered: 0 })
    near.link.restore()
    expect(await ping(near.host, 20)).toMatchObject({ answered: 20 })
  })
})
