import { handleRelayFailed } from '../core/pendingAllocation.ts'
import type { Relay } from '../core/types.ts'
import { describeBindError } from './bindAddresses.ts'
import type { UdpContext } from './udpEngine.ts'

/** Only these errors may succeed on another port. Other retries fail too, and each one costs a system call. */
const isPortError = (code: string | undefined): boolean => code === 'EADDRINUSE' || code === 'EACCES'

/** Continues an Allocate whose relay socket could not be opened. @param code of the system's error */
export function handleRelayError(context: UdpContext, relay: Relay, code: string | undefined): void {
  if (code === 'EADDRINUSE') context.state.counters.portConflicts++
  const reason = describeBindError({ code })
  const message = isPortError(code) ? 'relay port unavailable' : 'relay port unavailable, allocation rejected'
  context.warnings.warn(`relay ${code}`, { ...relay.local, code, reason }, message)
  context.perform(handleRelayFailed(context.state, relay, isPortError(code)))
}

/** Logs an error of an open socket. A packet that the kernel rejected counts as dropped. */
export function reportSocketError(
  { state, warnings }: Pick<UdpContext, 'state' | 'warnings'>,
  owner: 'relay' | 'listener',
  err: NodeJS.ErrnoException,
): void {
  if (err.syscall === 'send' || err.syscall === 'sendmmsg') {
    state.counters.dropped++
    warnings.warn(`send ${err.code}`, { err }, 'UDP packet not sent')
  } else warnings.warn(owner, { err }, `${owner} socket failed`)
}
