import { AddressSet } from '../turn/index.ts'
import type { Limits } from '../machines/protocol/limits.ts'
import { timeouts } from '../machines/protocol/timeouts.ts'
import type { Dependencies } from './api/dependencies.ts'
import type { StaticPages } from './http/staticFiles.ts'
import { createOriginCheck } from './net/originPolicy.ts'
import type { ServerNames } from './net/serverNames.ts'
import { TrustedProxies } from './net/trustedProxies.ts'
import { SocketServer } from './ws/socketServer.ts'

/** Creates a separate socket server that may inspect rooms. Sockets of the public port never may. */
export function createInspector(
  dependencies: Dependencies,
  serverNames: ServerNames,
  limits: Limits,
  pages: StaticPages,
) {
  const socketServer = new SocketServer(
    { ...dependencies, canInspect: true },
    createOriginCheck('http', serverNames, []),
    new TrustedProxies(new AddressSet([])),
    limits,
    timeouts,
  )
  const stop = socketServer.start()
  return {
    pages,
    sockets: socketServer,
    async close() {
      await socketServer.close()
      stop()
    },
  }
}
