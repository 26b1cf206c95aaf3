import { expect, onTestFinished, test } from 'vitest'
import { readServerAddresses, startProgram } from './programProcess.ts'

/** Starts a script. The test ends it. */
function startScript(script: string) {
  const started = startProgram([process.execPath, '-e', script], { env: {} })
  onTestFinished(async () => {
    started.child.kill('SIGKILL')
    await started.ended
  })
  return started
}

const staysUp = 'setInterval(() => undefined, 1e6)'

test('waitForOutput finds later and earlier lines of both streams', async () => {
  const { waitForOutput } = startScript(`console.error('port 1'); console.log('port 2'); ${staysUp}`)
  expect((await waitForOutput(/port (2)/))[1]).toBe('2')
  expect((await waitForOutput(/port (1)/))[1]).toBe('1')
  expect((await waitForOutput(/port (2)/))[1]).toBe('2')
})

test('waitForOutput rejects with the output and the exit code if the program ends first', async () => {
  const { waitForOutput } = startScript(`console.log('first'); console.error('PORT is in use'); process.exitCode = 3`)
  await expect(waitForOutput(/listening/)).rejects.toThrow(
    /ended with 3:\n(first\nPORT is in use|PORT is in use\nfirst)/,
  )
})

test('a command that does not exist rejects', async () => {
  const { waitForOutput, ended } = startProgram(['/nowhere'], { env: {} })
  await expect(waitForOutput(/listening/)).rejects.toThrow('/nowhere ended')
  await expect(ended).rejects.toThrow('ENOENT')
})

test('stop sends SIGTERM, and throws unless the exit code is 0', async () => {
  const clean = startScript(`process.on('SIGTERM', () => process.exit(0)); console.log('up'); ${staysUp}`)
  await clean.waitForOutput(/up/)
  await clean.stop()
  const failing = startScript(`process.on('SIGTERM', () => process.exit(1)); console.log('up'); ${staysUp}`)
  await failing.waitForOutput(/up/)
  await expect(failing.stop()).rejects.toThrow('ended with 1:\nup')
})

test.each([
  ['with its TURN server', ',"turn":3478', 3478],
  ['without a TURN server', '', 0],
])('readServerAddresses reads the addresses of a server %s', async (_, turn, turnPort) => {
  const lines = [
    `{"level":30,"scheme":"http","port":8000${turn},"msg":"server listening"}`,
    '{"level":30,"url":"http://localhost:8000","lanUrls":[],"adminUrl":"http://127.0.0.1:9000","msg":"server ready"}',
  ]
  const server = startScript(`console.log(${JSON.stringify(lines.join('\n'))}); ${staysUp}`)
  expect(await readServerAddresses(server)).toEqual({
    url: 'http://localhost:8000',
    adminUrl: 'http://127.0.0.1:9000',
    port: 8000,
    turnPort,
  })
})
