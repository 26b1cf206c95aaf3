import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { needs } from '../needs.ts'
import { kinds, type Kind } from './kinds.ts'
import { Lab, type Side, sides } from './lab.ts'
import { Namespace, namespaces, ownName, removeNamespaces } from './namespace.ts'

/** That the networks are what they are said to be, by a judge that nobody here wrote: coturn's, with the tests of RFC 5780. */

const test = needs('root', 'iproute2', 'nftables', 'coturn')

const run = promisify(execFile)
const houses = sides.flatMap((side) => kinds.map((kind) => [side, kind] as const))

test('a lab leaves nothing, and takes away what a killed run has left', async () => {
  const lab = new Lab()
  lab.addHouse('waiting', 'symmetric')
  lab.close()
  expect(namespaces().filter((name) => name.startsWith(ownName('')))).toEqual([])

  const { pid } = spawnSync('true')
  const left = new Namespace(ownName('left', pid))
  const [program, ...args] = [...left.entrance, 'sleep', '60'] as [string, ...string[]]
  const exit = once(spawn(program, args, { stdio: 'ignore' }), 'exit')
  new Lab().close()
  expect(namespaces()).not.toContain(left.name)
  expect(await exit).toEqual([null, 'SIGKILL'])
})
