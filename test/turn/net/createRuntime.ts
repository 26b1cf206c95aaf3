import { randomBytes } from 'node:crypto'
import { createSystemClock } from '../../../turn/common/clock.ts'
import type { TurnLog } from '../../../turn/index.ts'
import { defaultQuotas } from '../../../turn/core/quotas.ts'
import { TurnRuntime } from '../../../turn/net/turnRuntime.ts'

/** A log that drops every line. */
export const silentLog: TurnLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Returns a runtime with one secret, whose relay addresses are on loopback. */
export const createRuntime = (log = silentLog): TurnRuntime =>
  new TurnRuntime(
    {
      realm: 'test',
      secrets: ['s'],
      users: new Map(),
      hasStrictExpiry: false,
      relayPorts: [50_000, 50_999],
      quotas: defaultQuotas,
      peerRules: { isOwnAddress: () => false },
      chooseRelayAddress: () => ({ local: '127.0.0.1', advertised: '127.0.0.1' }),
      randomBytes,
      unixTimeMs: Date.now,
    },
    { log, clock: createSystemClock() },
  )
