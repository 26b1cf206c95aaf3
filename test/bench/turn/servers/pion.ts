import { startProgram } from '../../harness/childProcess.ts'
import { buildProgram, isMissingProgram } from '../../harness/foreignPrograms.ts'
import type { Scope } from '../../harness/scope.ts'
import { freePort, host, relayIp, secret, waitUntilReady, type MissingServer, type Server } from './server.ts'

/** A server on pion/turn, compiled from Debian's packages, or the reason why it cannot run. */
export async function findPion(scope: Scope): Promise<Server | MissingServer> {
  const name = 'pion'
  const program = await buildProgram(scope, 'test/bench/turn/servers/pionServer.go')
  if (isMissingProgram(program)) return { name, reason: program.reason }
  return {
    name,
    version: program.version,
    start: async (inner, { cpuCore }) => {
      const port = await freePort()
      const env = { PION_HOST: host, PION_PORT: String(port), PION_SECRET: secret, PION_RELAY_IP: relayIp }
      return waitUntilReady(
        name,
        startProgram(inner, { command: [...program.command], env, cpuCore, isMuted: true }),
        port,
      )
    },
  }
}
