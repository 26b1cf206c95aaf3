import type { ServerState } from '../core/serverState.ts'
import type { RelayAddresses } from './relayAddresses.ts'
import type { Listeners } from './listeners.ts'
import type { TurnRuntime } from './turnRuntime.ts'
import { sweepIntervalMs, type StreamConnections } from './streamConnections.ts'
import type { TurnCounters } from '../common/options.ts'
import type { TurnLog } from '../common/log.ts'

/** Discards all log lines. */
export const silentLog: TurnLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Returns a snapshot of the counters of one thread. */
export function readCounters({ allocations, counters }: ServerState): TurnCounters {
  const all = [...allocations.values()]
  return {
    ...counters,
    errorResponses: { ...counters.errorResponses },
    allocatedBy: { ...counters.allocatedBy },
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

/** The parts of a server in one thread. */
export interface TurnComponents {
  readonly runtime: TurnRuntime
  readonly streams: StreamConnections
  readonly listeners: Listeners
  readonly addresses: RelayAddresses
}

/** Reading addresses needs a file descriptor. If none is left, the addresses of the last second stay in use. */
function refreshAddresses({ warnings }: TurnRuntime, addresses: RelayAddresses): void {
  try {
    addresses.refresh()
  } catch (err) {
    warnings.warn('addresses', { err }, 'local addresses not read')
  }
}

/** Starts the sweep that frees expired state each second. Returns its stop function. */
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
