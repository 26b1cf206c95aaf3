import type { Clock } from '../common/clock.ts'
import { createRandomPool } from '../common/randomPool.ts'
import type { SharedState, CoreRules } from '../core/serverState.ts'
import { resolveQuotas } from '../core/quotas.ts'
import type { RelayAddresses } from '../net/relayAddresses.ts'
import type { ReloadableOptions, TurnOptions } from '../common/options.ts'
import type { SharedValues, Partition } from './messages.ts'
import { SharedRelayIps } from './sharedRelayIps.ts'
import { partitionPorts, partitionQuotas } from './partition.ts'

/**
 * Creates the rules of one thread's core.
 * @param partition the thread's share of the quotas
 * @throws {Error} for a wrong option
 */
export function createCoreRules(
  options: TurnOptions,
  addresses: RelayAddresses,
  partition: Partition,
  clock: Clock,
): CoreRules {
  const [first, last] = options.relayPorts
  if (!(first >= 1 && first <= last && last <= 65535))
    throw new Error(`relay ports ${first}-${last} are not a port range`)
  return {
    realm: options.realm,
    relayPorts: options.relayPorts,
    chooseRelayAddress: (serverIp, family) => addresses.choose(serverIp, family),
    randomBytes: createRandomPool(),
    unixTimeMs: () => clock.unixTimeMs(),
    ...createReloadableRules(
      options,
      { isOwnAddress: (ip) => addresses.isOwnAddress(ip) },
      options.relayPorts,
      partition,
    ),
  }
}

/** Returns rules with `changes`. An omitted option returns to its default, except the secrets, which clients need. */
export const updateCoreRules = (
  rules: CoreRules,
  { secrets = rules.secrets, ...changes }: Partial<ReloadableOptions>,
  partition: Partition,
): CoreRules => ({
  ...rules,
  ...createReloadableRules({ secrets, ...changes }, rules.peerRules, rules.relayPorts, partition),
})

/** Returns the shared state for one thread's core. @throws {Error} when there are fewer ports than threads need */
export const createSharedState = (
  { relayPorts }: TurnOptions,
  partition: Partition,
  { relayIpBuffer, nonceKey }: SharedValues,
): SharedState => ({
  relayIps: new SharedRelayIps(relayIpBuffer),
  ownRelayPorts: partitionPorts(relayPorts, partition),
  nonceKey,
})

const createReloadableRules = (
  options: ReloadableOptions,
  { isOwnAddress }: Pick<CoreRules['peerRules'], 'isOwnAddress'>,
  ports: CoreRules['relayPorts'],
  partition: Partition,
) => ({
  secrets: options.secrets,
  users: options.users ?? new Map<string, string>(),
  hasStrictExpiry: options.hasStrictExpiry ?? false,
  quotas: partitionQuotas(resolveQuotas(ports, options.quotas), partition),
  peerRules: {
    allowPrivatePeers: options.allowPrivatePeers,
    allowPeers: options.allowPeers,
    denyPeers: options.denyPeers,
    isOwnAddress,
  },
})

const restartOnlyOptions = [
  'host',
  'port',
  'relayPorts',
  'externalIp',
  'realm',
  'workers',
  'engine',
  'proxySources',
] as const

/** Returns the names of changed options that need a restart. */
export function findRestartOnlyChanges(options: TurnOptions, changes: Partial<TurnOptions>): string[] {
  const started: TurnOptions = { engine: 'auto', ...options }
  return restartOnlyOptions.filter((name) => name in changes && String(changes[name]) !== String(started[name]))
}
