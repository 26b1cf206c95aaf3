import type { Core } from '../core/serverState.ts'
import type { RelayAddresses } from './relayAddresses.ts'
import type { Listeners } from './listeners.ts'
import type { Shell } from './turnRuntime.ts'
import { expirePeriodMs, type Streams } from './streamConnections.ts'
import type { TurnCounters } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'

export const silent: TurnLog = { debug() {}, info() {}, warn() {}, error() {} }

export function count({ allocations, counters }: Core): TurnCounters {
  const all = [...allocations.values()]
  return {
    ...counters,
    refused: { ...counters.refused },
    overQuota: { ...counters.overQuota },
    allocations: all.length,
    guestAllocations: all.reduce((sum, { user }) => sum + (user.userClass === 'guest' ? 1 : 0), 0),
    permissions: all.reduce((sum, { hosts }) => sum + hosts.size, 0),
    channels: all.reduce((sum, { channels }) => sum + channels.size, 0),
  }
}

/** No allocation begins any more; resolves when the last one has ended, or is told to. */
export function drained({ core, log, clock }: Shell, milliseconds: number): Promise<void> {
  core.isDraining = true
  const deadline = clock.now() + milliseconds
  log.info({ allocations: core.allocations.size, milliseconds }, 'turn drains')
  return new Promise((resolve) => {
    const look = (): void => {
      const left = core.allocations.size + core.openings.size
      if (left > 0 && clock.now() < deadline) return void setTimeout(look, Math.min(100, deadline - clock.now()))
      if (left > 0) log.warn({ allocations: left }, 'turn ends allocations that are in use')
      resolve()
    }
    look()
  })
}

export interface Parts {
  readonly shell: Shell
  readonly streams: Streams
  readonly listeners: Listeners
  readonly addresses: RelayAddresses
}

/** Reading them takes a file descriptor, of which there may be none: then the addresses of a second ago are good enough. */
function readAddresses({ warnings }: Shell, addresses: RelayAddresses): void {
  try {
    addresses.refresh()
  } catch (err) {
    warnings.warn('addresses', { err }, 'addresses of this machine not read')
  }
}

/** Each second; what it frees is out of use already. */
export function startClock({ shell, streams, listeners, addresses }: Parts): () => void {
  const timer = setInterval(() => {
    const now = shell.clock.now()
    shell.expire(now)
    streams.expire(now)
    readAddresses(shell, addresses)
    void listeners.follow()
    shell.warnings.flush()
  }, expirePeriodMs)
  timer.unref()
  return () => clearInterval(timer)
}
