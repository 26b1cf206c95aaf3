import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildProgram, isMissingProgram } from '../harness/foreignPrograms.ts'
import { benchScript } from '../harness/paths.ts'
import type { Scope } from '../harness/scope.ts'
import type { ForeignClient, MissingClient } from './contract.ts'

type Unsupported = ForeignClient['unsupported']

/** Programs on Debian's packages. */
const programs: readonly { name: string; file: string; unsupported: Unsupported }[] = [
  { name: 'pion/turn', file: 'pionClient.go', unsupported: {} },
  { name: 'aioice', file: 'aioiceClient.py', unsupported: {} },
  { name: 'libnice', file: 'niceClient.c', unsupported: { tls: 'only a pseudo TLS of Google' } },
]

/** Libraries on npm. Their platform packages have the binaries, so they need no install scripts. */
const libraries: readonly { name: string; module: string; unsupported: Unsupported }[] = [
  { name: '@roamhq/wrtc', module: '@roamhq/wrtc', unsupported: { tls: 'rejects self-signed certificates' } },
  {
    name: 'node-datachannel',
    module: 'node-datachannel/polyfill',
    unsupported: { tcp: 'UDP only (libjuice)', tls: 'UDP only (libjuice)' },
  },
]

/** Compiles and finds the foreign clients. `BENCH_CLIENTS` names the folder with the libraries from npm. */
export async function findClients(scope: Scope): Promise<(ForeignClient | MissingClient)[]> {
  const all: (ForeignClient | MissingClient)[] = []
  for (const { name, file, unsupported } of programs) {
    const program = await buildProgram(scope, `test/bench/clients/programs/${file}`)
    all.push(isMissingProgram(program) ? { name, reason: program.reason } : { name, unsupported, ...program })
  }
  return [...all, ...libraries.map(findLibrary)]
}

function findLibrary({ name, module, unsupported }: (typeof libraries)[number]): ForeignClient | MissingClient {
  const folder = resolve(process.env.BENCH_CLIENTS ?? 'dist/bench/clients')
  const description = join(folder, 'node_modules', name, 'package.json')
  if (!existsSync(description))
    return { name, reason: `not installed: npm install --ignore-scripts --prefix ${folder} ${name}` }
  const { version } = JSON.parse(readFileSync(description, 'utf8')) as { version: string }
  return { name, version, unsupported, command: [process.execPath, benchScript('webrtcclient'), folder, module] }
}
