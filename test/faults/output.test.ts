import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LossyOutput, type Output } from '../../turn/common/output.ts'
import { freePort } from '../turn/contract/coturnServer.ts'
import type { ProgramProcess } from '../programProcess.ts'
import { useServerProcess } from '../server/serverProcess.ts'
import { FrameClient } from '../server/frameClient.ts'
import { allocate, connectTo, secret } from '../turn/turnFixture.ts'

const program = useServerProcess()

/** Ends the process by signals only. Resolves to the exit code, or to the signal that ended it. */
async function stopAndWait({ child, ended }: ProgramProcess, signals: readonly NodeJS.Signals[]): Promise<unknown> {
  for (const signal of signals) child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), 15_000)
  const [code, signal] = await ended
  clearTimeout(force)
  return code ?? signal
}

const readHealthStatus = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/healthz' }, (response) => resolve(response.resume().statusCode)).on(
      'error',
      reject,
    )
  })

/** Each socket that requests an unknown path causes a log line of about 100 bytes. */
async function causeLogLines(url: string, lines: number): Promise<void> {
  const wire = await FrameClient.open(url)
  for (let line = 0; line < lines; line++) {
    expect((await wire.request('query', 'nothing')).error).toBeDefined()
  }
  wire.socket.terminate()
}

describe('a server whose log reader has gone', () => {
  test('the server goes on and ends at SIGTERM within its drain time', async () => {
    const server = await program.start({ DUET_LOG_LEVEL: 'trace', DUET_TURN_DRAIN: '1' })
    server.child.stdout!.destroy()
    server.child.stderr!.destroy()
    await causeLogLines(server.url, 20)
    expect(await readHealthStatus(server.port)).toBe(200)
    expect(await stopAndWait(server, ['SIGTERM'])).toBe(0)
  })

  test('the server ends at once at the second signal', async () => {
    const server = await program.start({ DUET_LOG_LEVEL: 'trace', DUET_TURN_DRAIN: '600' })
    server.child.stdout!.destroy()
    server.child.stderr!.destroy()
    expect([0, 1]).toContain(await stopAndWait(server, ['SIGTERM', 'SIGINT']))
  })

  test('the server goes on while its pipe is full, and ends at SIGTERM', async () => {
    const port = await freePort()
    const server = program.spawn({ PORT: `${port}`, DUET_LOG_LEVEL: 'trace', DUET_TURN_DRAIN: '1' }, openFullPipe())
    await vi.waitFor(async () => expect(await readHealthStatus(port)).toBe(200), { timeout: 20_000 })
    await causeLogLines(`http://127.0.0.1:${port}`, 50)
    expect(await stopAndWait(server, ['SIGTERM'])).toBe(0)
  })
})

/** A settings file that every SIGHUP rejects with a log line of about 100 bytes. */
function createSettingsFile(): { file: string; spoil(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'duet-output-'))
  const file = join(folder, 'turn.env')
  writeFileSync(file, '')
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { file, spoil: () => writeFileSync(file, `DUET_TURN_DENY_PEERS=${'x'.repeat(100)}`) }
}

const canRelay = async (port: number): Promise<boolean> => {
  const { client } = await connectTo('127.0.0.1', port)
  await allocate(client)
  return client.request('refresh', [['lifetime', 0]]).then(() => true)
}

describe('a TURN program whose log reader has gone', () => {
  const settings = { DUET_TURN_SECRET: secret, DUET_TURN_SELF_TEST: 'false' }

  test('the TURN program goes on and ends at SIGTERM within its drain time', async () => {
    const { file, spoil } = createSettingsFile()
    const relay = await program.start({ ...settings, DUET_TURN_FILE: file, DUET_TURN_DRAIN: '1' }, { name: 'turn' })
    relay.child.stdout!.destroy()
    relay.child.stderr!.destroy()
    spoil()
    for (let line = 0; line < 20; line++) relay.child.kill('SIGHUP')
    expect(await canRelay(relay.turnPort)).toBe(true)
    await allocate((await connectTo('127.0.0.1', relay.turnPort)).client)
    expect(await stopAndWait(relay, ['SIGTERM'])).toBe(0)
  })

  test('the TURN program ends at once at the second signal, even with an allocation', async () => {
    const relay = await program.start({ ...settings, DUET_TURN_DRAIN: '600' }, { name: 'turn' })
    relay.child.stdout!.destroy()
    relay.child.stderr!.destroy()
    await allocate((await connectTo('127.0.0.1', relay.turnPort)).client)
    expect(await stopAndWait(relay, ['SIGTERM', 'SIGINT'])).toBe(1)
  })

  test.each([
    ['its pipe is full', openFullPipe],
    ['its disk is full', openFullDisk],
  ])('the TURN program goes on while %s, and ends at SIGTERM', async (_, output) => {
    const { file, spoil } = createSettingsFile()
    const port = await freePort()
    const relay = program.spawn(
      { ...settings, DUET_TURN_PORT: `${port}`, DUET_TURN_FILE: file, DUET_TURN_DRAIN: '1' },
      output(),
      { name: 'turn' },
    )
    await vi.waitFor(async () => expect(await canRelay(port)).toBe(true), { timeout: 20_000 })
    spoil()
    for (let line = 0; line < 50; line++) relay.child.kill('SIGHUP')
    expect(await canRelay(port)).toBe(true)
    expect(relay.child.exitCode).toBeNull()
    expect(await stopAndWait(relay, ['SIGTERM'])).toBe(0)
  })
})

test('the TURN program writes its waiting log lines before it exits, if the reader of a full pipe continues', async () => {
  const { file, spoil } = createSettingsFile()
  const port = await freePort()
  const pipe = openPipe()
  const relay = program.spawn(
    {
      DUET_TURN_SECRET: secret,
      DUET_TURN_SELF_TEST: 'false',
      DUET_TURN_PORT: `${port}`,
      DUET_TURN_FILE: file,
      // One thread handles signals and clients, so a response shows that the signal was handled.
      DUET_TURN_ENGINE: 'dgram',
    },
    pipe.writer,
    { name: 'turn' },
  )
  await vi.waitFor(async () => expect(await canRelay(port)).toBe(true), { timeout: 20_000 })
  pipe.fill()
  spoil()
  for (let line = 0; line < 5; line++) {
    relay.child.kill('SIGHUP')
    // The program answers after it has handled the signal.
    expect(await canRelay(port)).toBe(true)
  }
  relay.child.kill('SIGTERM')
  // Only the flush remains when the port is closed.
  await vi.waitFor(() => expect(canRelay(port)).rejects.toThrow('ECONNREFUSED'), { timeout: 20_000, interval: 1 })
  let text = ''
  while (relay.child.exitCode === null) {
    text += pipe.read()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  text += pipe.read()
  expect(text.match(/DUET_TURN_DENY_PEERS/g)?.length ?? 0).toBeGreaterThanOrEqual(5)
  expect(relay.child.exitCode).toBe(0)
})

/** Returns a descriptor on which each write fails with ENOSPC. */
function openFullDisk(): number {
  const device = openSync('/dev/full', constants.O_WRONLY)
  onTestFinished(() => closeSync(device))
  return device
}

/** Returns the writing end of a full pipe that nothing reads. */
function openFullPipe(): number {
  const { fill, writer } = openPipe()
  fill()
  return writer
}

/** A pipe that nothing reads, except `read`, which returns its contents. */
function openPipe(): { writer: number; fill(): void; read(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'duet-output-'))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const both = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
  const writer = openSync(pipe, constants.O_WRONLY)
  onTestFinished(() => {
    for (const end of [both, writer]) closeSync(end)
    rmSync(folder, { recursive: true })
  })
  return {
    writer,
    fill() {
      for (const size of [4096, 1]) while (tryWrite(both, size));
    },
    read() {
      const chunks: Buffer[] = []
      for (let chunk = tryRead(both); chunk; chunk = tryRead(both)) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    },
  }
}

function tryRead(pipe: number): Buffer | null {
  const buffer = Buffer.alloc(65_536)
  try {
    const length = readSync(pipe, buffer)
    return length > 0 ? buffer.subarray(0, length) : null
  } catch {
    return null
  }
}

function tryWrite(pipe: number, size: number): boolean {
  try {
    return writeSync(pipe, Buffer.alloc(size)) > 0
  } catch {
    return false
  }
}

test('a slow reader loses log lines without blocking the writer, and then reads their number', () => {
  const written: string[] = []
  const drains: (() => void)[] = []
  const stream = {
    writableLength: 0,
    destroyed: false,
    write(line: string) {
      written.push(line)
      this.writableLength += line.length
      return true
    },
    on() {
      return this
    },
    once(_: string, drain: () => void) {
      drains.push(drain)
      return this
    },
  }
  const output = new LossyOutput(stream as unknown as Output, 100)
  for (let line = 0; line < 30; line++) output.write('0123456789')
  expect(written).toHaveLength(10)
  stream.writableLength = 0
  for (const drain of drains) drain()
  expect(written.slice(10)).toEqual([
    expect.stringMatching(/^\{"level":40,"time":\d+,"count":20,"msg":"log lines lost"\}\n$/),
  ])
  output.write('0123456789')
  expect(written).toHaveLength(12)
})

test('a failed stream is not written to again', () => {
  let [writes, fail] = [0, () => undefined as void]
  const stream = {
    writableLength: 0,
    destroyed: false,
    write() {
      writes++
    },
    on(_: string, listener: () => void) {
      fail = listener
    },
    once() {},
  }
  const output = new LossyOutput(stream as unknown as Output)
  output.write('one')
  fail()
  output.write('two')
  expect(writes).toBe(1)
})
