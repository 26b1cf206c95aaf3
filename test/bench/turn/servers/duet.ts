import { readFileSync } from 'node:fs'
import { turnSettingsTable } from '../../../../turn/config/settingsTable.ts'
import { startProgram } from '../../harness/childProcess.ts'
import { pathTo } from '../../harness/paths.ts'
import type { Scope } from '../../harness/scope.ts'
import type { Target } from '../load/commands.ts'
import {
  createSettings,
  freePort,
  waitUntilReady,
  type MissingServer,
  type Server,
  type ServerOptions,
} from './server.ts'

const engineSetting = 'DUET_TURN_ENGINE'
const relayPorts = '10000-29999'

/** The built product over `node:dgram`. A build without the setting has no other engine. */
export const duetDgram: Server = {
  name: 'duet dgram',
  version: 'this build',
  start: (scope, options) => startDuet(scope, 'duet dgram', hasEngines() ? { [engineSetting]: 'dgram' } : {}, options),
}

/** The built product over koffi, or the reason why it cannot run. Starts it once. */
export async function findDuetBatch(scope: Scope): Promise<Server | MissingServer> {
  const name = 'duet batch'
  if (!hasEngines()) return { name, reason: `unavailable: this build has no ${engineSetting}` }
  const server: Server = {
    name,
    version: 'this build',
    start: (inner, options) => startDuet(inner, name, { [engineSetting]: 'batch' }, options),
  }
  return scope.within(async (inner) => {
    try {
      const { pid } = await server.start(inner, {})
      return usesKoffi(pid) ? server : { name, reason: 'unavailable: the server has not loaded koffi' }
    } catch (error) {
      return { name, reason: `unavailable: ${(error as Error).message}` }
    }
  })
}

const hasEngines = (): boolean => engineSetting in turnSettingsTable

/** The engine falls back to `node:dgram` without koffi, so the bench looks for the library in the process. */
const usesKoffi = (pid: number): boolean => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('koffi')

async function startDuet(
  scope: Scope,
  name: 'duet batch' | 'duet dgram',
  engine: Record<string, string>,
  { cpuCore, node = process.execPath, env }: ServerOptions,
): Promise<Target> {
  const port = await freePort()
  const child = startProgram(scope, {
    command: [node, pathTo('dist/server/turn.js')],
    env: { ...createSettings(port, relayPorts), DUET_TURN_SELF_TEST: 'false', ...engine, ...env },
    cpuCore,
    logFile: pathTo(`dist/bench/${name.replace(' ', '-')}.log`),
  })
  return waitUntilReady(name, child, port)
}
