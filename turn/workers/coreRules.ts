import { randomBytes } from 'node:crypto'
import type { Clock } from '../common/clock.ts'
import type { SharedState, CoreRules } from '../core/serverState.ts'
import { resolveQuotas } from '../core/quotas.ts'
import type { RelayAddresses } from '../net/relayAddresses.ts'
import type { ReloadableOptions, TurnOptions } from '../common/options.ts'
import type { SharedValues, Partition } from './messages.ts'
import { SharedRelayIps } from './sharedRelayIps.ts'
import { partitionPorts, partitionQuotas } from './partition.ts'

/** @param partition of what the quotas allow */
export function createCoreRules(
  options: TurnOptions,
  addresses: RelayAddresses,
  partition: Partition,
  clock: Clock,
): CoreRules {
  const [first, last] = options.relayPorts
  if (!(first >= 1 && first <= last && last <= 65535))
    throw new Error(`relay ports ${first}-${last} are not a range of ports`)
  return {
    realm: options.realm,
    relayPorts: options.relayPorts,
    chooseRelayAddress: (serverIp, family) => addresses.choose(serverIp, family),
    randomBytes,
    unixTimeMs: () => clock.unixTimeMs(),
    ...createReloadableRules(
      options,
      { isOwnAddress: (ip) => addresses.isOwnAddress(ip) },
      options.relayPorts,
      partition,
    ),
  }
}

/** What is left out of `changes` goes back to its default, save the secrets: without any nobody could come. */
export const updateCoreRules = (
  rules: CoreRules,
  { secrets = rules.secrets, ...changes }: Partial<ReloadableOptions>,
  partition: Partition,
): CoreRules => ({
  ...rules,
  ...createReloadableRules({ secrets, ...changes }, rules.peerRules, rules.relayPorts, partition),
})

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

const restartOnlyOptions = ['host', 'port', 'relayPorts', 'externalIp', 'realm', 'workers'] as const

/** Names of what was changed although it cannot be while we run. */
export const findRestartOnlyChanges = (options: TurnOptions, changes: Partial<TurnOptions>): string[] =>
  restartOnlyOptions.filter((name) => name in changes && String(changes[name]) !== String(options[name]))
