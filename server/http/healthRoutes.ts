import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import type { Drain } from '../common/drain.ts'
import type { TextResponse, Routes } from './requestHandler.ts'

/**
 * `/healthz`: the process responds. `/readyz`: the server accepts new clients.
 * @param isStoreAvailable returns false if the store does not answer
 */
export const createHealthRoutes = (drain: Drain, isStoreAvailable: () => boolean): Routes => ({
  '/healthz': () => ({ status: 200, text: 'ok\n' }),
  '/readyz': () => checkReadiness(drain, isStoreAvailable()),
})

function checkReadiness(drain: Drain, isStoreAvailable: boolean): TextResponse {
  if (drain.isDraining) return { status: 503, text: 'draining\n' }
  if (!isStoreAvailable) return { status: 503, text: 'store unavailable\n' }
  return canOpenFiles() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'out of file descriptors\n' }
}

/** Opens a file, because there are two limits: EMFILE of the process and ENFILE of the machine. */
function canOpenFiles(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return true
  } catch {
    return false
  }
}
