import { randomBytes } from 'node:crypto'
import { createSystemClock, type Clock } from '../../../turn/common/clock.ts'
import type { TurnLog } from '../../../turn/index.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'
import type { CoreRules } from '../../../turn/core/serverState.ts'
import { TurnRuntime } from '../../../turn/net/turnRuntime.ts'
import type { UdpEngine } from '../../../turn/net/udpEngine.ts'

/** A log that drops every line. */
export const silentLog: TurnLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Returns a runtime with one secret, whose relay addresses are on loopback. `changes` replaces some of its rules. */
export const createRuntime = (
  log = silentLog,
  changes: Partial<CoreRules> = {},
  parts: { readonly clock?: Clock; readonly udp?: UdpEngine } = {},
): TurnRuntime =>
  new TurnRuntime(
    {
      realm: 'test',
      secrets: ['s'],
      users: new Map(),
      hasStrictExpiry: false,
      relayPorts: [61_000, 61_799],
      quotas: defaultQuotas,
      peerRules: { isOwnAddress: () => false },
      chooseRelayAddress: () => ({ local: '127.0.0.1', advertised: '127.0.0.1' }),
      randomBytes,
      unixTimeMs: Date.now,
      ...changes,
    },
    { log, clock: createSystemClock(), ...parts },
  )
