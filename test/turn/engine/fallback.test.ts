import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startTurn } from '../../../turn/index.ts'
import { bundle, type Bundle } from '../../bundle.ts'
import { readTurnPort, runProgram, startProgram } from '../../programProcess.ts'
import { secret } from '../turnFixture.ts'

/** Where koffi is missing: the bundle is in a folder without node_modules. */

let made: Bundle
beforeAll(async () => {
  made = await bundle('turn/commands/main.ts')
})
afterAll(() => made?.remove())

const env = { HOST: '127.0.0.1', DUET_TURN_PORT: '0', DUET_TURN_SECRET: secret }

test('without koffi, turn runs on node:dgram, relays, and logs the reason once', async () => {
  const turn = startProgram([process.execPath, made.program], { env })
  onTestFinished(() => void turn.child.kill('SIGKILL'))
  const port = await readTurnPort(turn)
  const urls = [`turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`]
  const check = await runProgram([process.execPath, made.program, 'check', ...urls], { DUET_TURN_SECRET: secret })
  expect([check.code, check.stdout.match(/works$/gm)]).toEqual([0, ['works', 'works']])
  turn.child.kill('SIGTERM')
  expect(await turn.ended).toEqual([0, null])
  expect(
    turn.output().match(/batch engine unavailable.*koffi does not load: Cannot find module 'koffi'/g),
  ).toHaveLength(1)
  expect(turn.output()).toContain('UDP engine dgram')
})

test('without koffi, DUET_TURN_ENGINE=batch fails the start with one line that gives the reason', async () => {
  const { code, stderr } = await runProgram([process.execPath, made.program], { ...env, DUET_TURN_ENGINE: 'batch' })
  expect([code, stderr.trim().split('\n')]).toEqual([
    1,
    [expect.stringMatching(/^DUET_TURN_ENGINE=batch is not possible here: koffi does not load: Cannot find module/)],
  ])
})

test('DUET_TURN_ENGINE=dgram asks for node:dgram, so nothing is logged about it', async () => {
  const { code, stderr } = await runProgram([process.execPath, made.program], { ...env, DUET_TURN_ENGINE: 'dgrma' })
  expect([code, stderr]).toEqual([1, expect.stringContaining('DUET_TURN_ENGINE')])
  const turn = startProgram([process.execPath, made.program], { env: { ...env, DUET_TURN_ENGINE: 'dgram' } })
  onTestFinished(() => void turn.child.kill('SIGKILL'))
  await readTurnPort(turn)
  turn.child.kill('SIGTERM')
  await turn.ended
  expect(turn.output()).not.toContain('unavailable')
})

const options = { port: 0, relayPorts: [61_000, 61_799], realm: 'test', secrets: [secret] } as const

test('DUET_TURN_WORKERS=0 keeps UDP in the main thread, and contradicts DUET_TURN_ENGINE=batch', async () => {
  const turn = await startTurn({ ...options, workers: 0 })
  onTestFinished(() => turn.close())
  expect(turn.engine).toBe('dgram')
  await expect(startTurn({ ...options, workers: 0, engine: 'batch' })).rejects.toThrow('DUET_TURN_WORKERS is 0')
})
