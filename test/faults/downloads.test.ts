import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { useServerProcess, type ServerProcess } from '../server/serverProcess.ts'

/** Size of an asset: more than the kernel buffers for a stalled reader. */
const assetBytes = 8 * 1024 * 1024
const asset = '/assets/app-0a1b2c3d.js'

const program = useServerProcess()

beforeEach(() => {
  mkdirSync(join(program.pages(), 'assets'), { recursive: true })
  writeFileSync(join(program.pages(), 'index.html'), '<!doctype html><title>Duet</title>')
  writeFileSync(join(program.pages(), asset), 'x'.repeat(assetBytes))
})

const openFiles = ({ child }: ServerProcess): number => readdirSync(`/proc/${child.pid}/fd`).length

/** Resolves when the response has begun, without reading all of it. */
async function abortedDownload(port: number): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: asset, agent: new Agent() }, resolve).on('error', reject)
  })
  response.on('error', () => undefined).destroy()
}

const pageStatus = (port: number, path = '/'): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: new Agent() }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode)),
    ).on('error', reject)
  })

test('300 aborted downloads leave no descriptor open, and pages are served with 256 descriptors', async () => {
  const server = await program.start({}, { descriptors: 256 })
  await pageStatus(server.port)
  await vi.waitFor(() => expect(openFiles(server)).toBeLessThan(60))
  const before = openFiles(server)
  for (let round = 0; round < 30; round++)
    await Promise.all(Array.from({ length: 10 }, () => abortedDownload(server.port)))
  await vi.waitFor(() => expect(openFiles(server)).toBeLessThanOrEqual(before), { timeout: 5_000 })
  expect([
    await pageStatus(server.port),
    await pageStatus(server.port, asset),
    await pageStatus(server.port, '/readyz'),
  ]).toEqual([200, 200, 200])
})

test('one connection with 500 pipelined unread downloads opens no further descriptor', async () => {
  const server = await program.start({}, { descriptors: 256 })
  await pageStatus(server.port)
  const before = openFiles(server)
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined).pause()
  socket.write(`GET ${asset} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(500))
  expect([
    await pageStatus(server.port),
    await pageStatus(server.port, asset),
    await pageStatus(server.port, '/readyz'),
  ]).toEqual([200, 200, 200])
  await vi.waitFor(() => expect(openFiles(server)).toBeLessThanOrEqual(before + 1), { timeout: 5_000 })
  socket.destroy()
})

test('files replaced or removed under a running server do not change its responses', async () => {
  const server = await program.start()
  writeFileSync(join(program.pages(), asset), 'y')
  writeFileSync(join(program.pages(), 'index.html'), '<!doctype html><title>another</title>')
  const download = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ port: server.port, host: '127.0.0.1', path, agent: new Agent() }, (response) => {
        let text = ''
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => {
            text += chunk
          })
          .on('end', () => resolve(text))
          .on('error', reject)
      }).on('error', reject)
    })
  expect(await download('/')).toBe('<!doctype html><title>Duet</title>')
  expect((await download(asset)).length).toBe(assetBytes)
})
