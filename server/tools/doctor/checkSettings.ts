import { isLoopbackIp } from '../../../turn/index.ts'
import type { Config } from '../../config/config.ts'
import { findingsOf, type Finding } from './finding.ts'

/** Each call takes several allocations, so fewer ports serve few calls. */
const minRelayPorts = 100

const { ok, warning } = findingsOf('settings')

/** Reviews settings that are valid alone and wrong together. */
export function checkSettings(config: Config): Finding[] {
  const findings = [findProxyProblem(config), findTurnProblem(config), ...findPortProblems(config)].filter(
    (finding) => finding !== null,
  )
  const { admin } = config
  if (admin && !isLoopbackIp(admin.host) && admin.host !== 'localhost')
    findings.push(
      warning(
        `The admin listener is open to the network at ${admin.host}.`,
        'Allow only your own machines with a firewall, or set DUET_ADMIN to a loopback address.',
      ),
    )
  if (config.stateDirectory === null)
    findings.push(
      warning(
        'Nothing survives a restart without a state directory.',
        'Set DUET_STATE to a folder that only the service may read.',
      ),
    )
  return findings.length > 0 ? findings : [ok('All settings are valid and fit each other.')]
}

function findProxyProblem({ publicUrl, tls, trustedProxies, unixSocket, turn }: Config): Finding | null {
  if (!publicUrl && !tls)
    return warning(
      'Browsers give no camera to pages over http, except on this machine.',
      'Set DUET_PUBLIC_URL behind a reverse proxy, or DUET_TLS_CERT and DUET_TLS_KEY.',
    )
  // At a Unix socket the proxy is trusted. With the PROXY protocol no header needs trust.
  const hasClientAddress =
    unixSocket !== undefined || turn.options.proxySources !== undefined || !trustedProxies.isEmpty
  if (publicUrl?.scheme === 'https' && !tls && !hasClientAddress)
    return warning(
      'The reverse proxy is not trusted, so all visitors share the limits of one address.',
      'Set DUET_TRUSTED_PROXIES to the address of the proxy, such as 127.0.0.1.',
    )
  return null
}

const findTurnProblem = ({ turn: { mode, urls } }: Config): Finding | null =>
  mode === 'off' && !urls.some((url) => /^turns?:/i.test(url))
    ? warning(
        'Duet has no TURN server. Calls fail where firewalls block direct connections.',
        'Unset DUET_TURN, or set DUET_TURN_URLS.',
      )
    : null

function findPortProblems({ turn, port, admin }: Config): Finding[] {
  if (turn.mode === 'off') return []
  const [first, last] = turn.options.relayPorts
  const count = last - first + 1
  const isRelayPort = (each: number): boolean => each >= first && each <= last
  const isShared = turn.options.port !== 0 && [port, admin?.port].includes(turn.options.port)
  return [
    ...(isRelayPort(turn.options.port)
      ? [
          warning(
            `The TURN port ${turn.options.port} is one of the relay ports.`,
            'Set DUET_TURN_RELAY_PORTS to a range without it.',
          ),
        ]
      : []),
    ...(isShared
      ? [
          findingsOf('settings').failed(
            `The TURN port ${turn.options.port} is the port of another listener, too.`,
            'Set DUET_TURN_PORT to another port. The web port carries TURN anyway.',
          ),
        ]
      : []),
    ...(count < minRelayPorts
      ? [
          warning(
            `There are only ${count} relay ports, and a relayed call takes several.`,
            'Set DUET_TURN_RELAY_PORTS to a larger range.',
          ),
        ]
      : []),
  ]
}
