import type { ServerState } from '../core/serverState.ts'
import type { RelayAddresses } from './relayAddresses.ts'
import type { Listeners } from './listeners.ts'
import type { TurnRuntime } from './turnRuntime.ts'
import { sweepIntervalMs, type StreamConnections } from './streamConnections.ts'
import type { TurnCounters } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'

export const silentLog: TurnLog = { debug() {}, info() {}, warn() {}, error() {} }

export function readCounters({ allocations, counters }: ServerState): TurnCounters {
  const all = [...allocations.values()]
  return {
    ...counters,
    errorResponses: { ...counters.errorResponses },
    overQuota: { ...counters.overQuota },
    allocations: all.length,
    guestAllocations: all.reduce((sum, { user }) => sum + (user.userClass === 'guest' ? 1 : 0), 0),
    permissions: all.reduce((sum, { permissions }) => sum + permissions.size, 0),
    channels: all.reduce((sum, { channels }) => sum + channels.size, 0),
  }
}

/** Rejects new allocations. Resolves when the last one has ended, or after `timeoutMs`. */
export function drain({ state, log, clock }: TurnRuntime, timeoutMs: number): Promise<void> {
  state.isDraining = true
  const deadline = clock.now() + timeoutMs
  log.info({ allocations: state.allocations.size, timeoutMs }, `draining: ${state.allocations.size} allocations`)
  return new Promise((resolve) => {
    const check = (): void => {
      const left = state.allocations.size + state.pendingAllocations.size
      if (left > 0 && clock.now() < deadline) return void setTimeout(check, Math.min(100, deadline - clock.now()))
      if (left > 0) log.warn({ allocations: left }, `drain timed out, closing ${left} allocations`)
      resolve()
    }
    check()
  })
}

export interface TurnComponents {
  readonly runtime: TurnRuntime
  readonly streams: StreamConnections
  readonly listeners: Listeners
  readonly addresses: RelayAddresses
}

/** Reading them takes a file descriptor, of which there may be none: then the addresses of a second ago are good enough. */
function refreshAddresses({ warnings }: TurnRuntime, addresses: RelayAddresses): void {
  try {
    addresses.refresh()
  } catch (err) {
    warnings.warn('addresses', { err }, 'local addresses not read')
  }
}

/** Each second; what it frees is out of use already. */
export function startSweep({ runtime, streams, listeners, addresses }: TurnComponents): () => void {
  const timer = setInterval(() => {
    const now = runtime.clock.now()
    runtime.sweepExpired(now)
    streams.sweepIdle(now)
    refreshAddresses(runtime, addresses)
    void listeners.bindMissing()
    runtime.warnings.flush()
  }, sweepIntervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
