import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import type { Drain } from '../common/drain.ts'
import type { Answer, Notes } from './requestHandler.ts'

/** What `/healthz` and `/readyz` say: the process answers, and it is worth sending people to it. */
export const conditionNotes = (drain: Drain): Notes => ({
  '/healthz': () => ({ status: 200, text: 'ok\n' }),
  '/readyz': () => readiness(drain),
})

function readiness(drain: Drain): Answer {
  if (drain.isOn) return { status: 503, text: 'draining\n' }
  return canOpenFiles() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'out of file descriptors\n' }
}

/** Tries it, for a limit that is asked for can be another one than what is left (EMFILE of the process, ENFILE of the machine). */
function canOpenFiles(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return true
  } catch {
    return false
  }
}
