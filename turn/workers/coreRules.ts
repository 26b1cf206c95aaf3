import { randomBytes } from 'node:crypto'
import type { Clock } from '../common/clock.ts'
import type { Common, Rules } from '../core/serverState.ts'
import { quotasFor } from '../core/quotas.ts'
import type { RelayAddresses } from '../net/relayAddresses.ts'
import type { Changeable, TurnOptions } from '../common/options.ts'
import type { Shared, Share } from './messages.ts'
import { SharedRelayIps } from './sharedRelayIps.ts'
import { sharePorts, shareQuotas } from './partition.ts'

/** @param share of what the quotas allow */
export function rulesOf(options: TurnOptions, addresses: RelayAddresses, share: Share, clock: Clock): Rules {
  const [first, last] = options.relayPorts
  if (!(first >= 1 && first <= last && last <= 65535)) throw new Error(`relay ports ${first}-${last} are not a range of ports`)
  return {
    realm: options.realm,
    relayPorts: options.relayPorts,
    relayAddress: (asked, family) => addresses.choose(asked, family),
    random: randomBytes,
    unixTime: () => clock.unixTime(),
    ...changeable(options, { isOurs: (ip) => addresses.isOurs(ip) }, options.relayPorts, share),
  }
}

/** What is left out of `changes` goes back to its default, save the secrets: without any nobody could come. */
export const changedRules = (rules: Rules, { secrets = rules.secrets, ...changes }: Partial<Changeable>, share: Share): Rules => ({
  ...rules,
  ...changeable({ secrets, ...changes }, rules.peers, rules.relayPorts, share),
})

export const commonOf = ({ relayPorts }: TurnOptions, share: Share, { memory, nonceKey }: Shared): Common =>
  ({ relayIps: new SharedRelayIps(memory), ownPorts: sharePorts(relayPorts, share), nonceKey })

const changeable = (options: Changeable, { isOurs }: Pick<Rules['peers'], 'isOurs'>, ports: Rules['relayPorts'], share: Share) => ({
  secrets: options.secrets,
  users: options.users ?? new Map<string, string>(),
  isStrict: options.isStrict ?? false,
  quotas: shareQuotas(quotasFor(ports, options.quotas), share),
  peers: { allowPrivatePeers: options.allowPrivatePeers, allowPeers: options.allowPeers, denyPeers: options.denyPeers, isOurs },
})

const fixed = ['host', 'port', 'relayPorts', 'externalIp', 'realm', 'workers'] as const

/** Names of what was changed although it cannot be while we run. */
export const fixedChanges = (options: TurnOptions, changes: Partial<TurnOptions>): string[] =>
  fixed.filter((name) => name in changes && String(changes[name]) !== String(options[name]))
