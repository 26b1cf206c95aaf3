import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTurnSettings } from '../../../../turn/config/environment.ts'
import { createCoturnConfig } from '../../../../turn/coturn/config.ts'
import { startProgram } from '../../harness/childProcess.ts'
import { readDebianVersion } from '../../harness/machine.ts'
import type { Scope } from '../../harness/scope.ts'
import type { Target } from '../load/commands.ts'
import { createSettings, freePort, relayIp, waitUntilReady, type MissingServer, type Server } from './server.ts'

/** No conflict with duet and the generator. coturn holds a port after its allocation ends. */
const relayPorts = '30000-65535'

/** Debian's coturn, or the reason why it cannot run. */
export function findCoturn(): Server | MissingServer {
  const version = readDebianVersion('coturn')
  const name = 'coturn'
  return version ? { name, version, start } : { name, reason: 'not installed: apt-get install coturn' }
}

/** Starts coturn with the configuration of `npm run turn -- coturn`, one relay thread and no log. */
async function start(scope: Scope, { cpuCore }: { cpuCore?: number | undefined }): Promise<Target> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'duet-bench-'))
  scope.defer(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'turnserver.conf')
  const printed = createCoturnConfig({
    settings: readTurnSettings(createSettings(port, relayPorts)),
    addresses: [],
    logFile: '/dev/null',
  })
  const changed = printed.replace(/^(user|total)-quota=.*\n/gm, '').replace(/^relay-ip=.*$/m, `relay-ip=${relayIp}`)
  writeFileSync(file, `${changed}allow-loopback-peers\nrelay-threads=1\nno-stdout-log\n`)
  // Muted: coturn logs an error for a kernel without SCTP and for each relay port in use.
  const command = ['turnserver', '-c', file, '--pidfile=']
  return waitUntilReady('coturn', startProgram(scope, { command, cwd: folder, cpuCore, isMuted: true }), port)
}
