import { readDescriptorLimit } from '../../../turn/index.ts'
import { findingsOf, type Finding } from './finding.ts'
import type { RunningServer } from './runningServer.ts'

/** A page takes one descriptor, and each of its allocations another one: enough for about 400 relayed calls. */
const minDescriptors = 4_096
/** Above this ratio, visitors are soon rejected. */
const maxUsedRatio = 0.8

const { ok, warning, failed } = findingsOf('file descriptors')

/** Checks the limit of open files of the running server, or of this process. */
export function checkDescriptors(running: RunningServer | null, ownLimit = readDescriptorLimit()): Finding {
  const open = running?.metrics.get('process_open_fds')
  const limit = running?.metrics.get('process_max_fds') ?? ownLimit
  const subject = running ? 'The running server' : 'This user'
  if (open !== undefined && open > maxUsedRatio * limit)
    return failed(`${subject} uses ${open} of its ${limit} file descriptors.`, advice)
  if (limit < minDescriptors) return warning(`${subject} may open only ${limit} files.`, advice)
  const limitText = Number.isFinite(limit) ? `${limit} files` : 'any number of files'
  return ok(`${subject} may open ${limitText}${open === undefined ? '' : `, and has ${open} open`}.`)
}

const advice = 'Set LimitNOFILE=65536 in the systemd unit, or raise `ulimit -n`.'
