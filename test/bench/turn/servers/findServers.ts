import type { Scope } from '../../harness/scope.ts'
import { findCoturn } from './coturn.ts'
import { duetDgram, findDuetBatch } from './duet.ts'
import { findPion } from './pion.ts'
import type { MissingServer, Server } from './server.ts'

/** Returns the servers that can run on this machine, and the reasons for the others. Compiles what needs it. */
export async function findServers(scope: Scope): Promise<{ servers: Server[]; missing: MissingServer[] }> {
  const found = [await findDuetBatch(scope), duetDgram, findCoturn(), await findPion(scope)]
  return {
    servers: found.filter((each): each is Server => !('reason' in each)),
    missing: found.filter((each): each is MissingServer => 'reason' in each),
  }
}
