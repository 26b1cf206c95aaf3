import { checkUrl, isWildcardHost, makeCredentials, urlHost } from '../../../turn/index.ts'
import type { Config } from '../../config/config.ts'
import { tryTcpPort, tryUdpPort } from './bindPort.ts'
import { findingsOf, type Finding } from './finding.ts'
import { httpGet } from './httpGet.ts'
import type { RunningServer } from './runningServer.ts'

/** Ports of the relay that are tried. */
const relaySamples = 8

interface Listener {
  check: string
  setting: string
  port: number
  host: string | undefined
  /** Resolves to true if Duet is the program at the port. */
  isDuet(): Promise<boolean>
}

/**
 * Checks that each port is free, or that Duet has it.
 * @param secret of the relay; undefined if this user cannot read it
 */
export async function checkPorts(
  config: Config,
  running: RunningServer | null,
  secret: string | undefined,
): Promise<Finding[]> {
  const { port, host, admin, turn } = config
  const scheme = config.tls ? 'https' : 'http'
  const web = checkTcp({
    check: 'web port',
    setting: 'PORT',
    port,
    host,
    isDuet: () => isWebPortOfDuet(`${scheme}://${localHost(host)}:${port}`),
  })
  const adminPort =
    admin &&
    checkTcp({
      check: 'admin port',
      setting: 'DUET_ADMIN',
      port: admin.port,
      host: admin.host,
      isDuet: async () => running !== null,
    })
  const findings = await Promise.all([web, adminPort].filter((each) => each !== null))
  if (turn.mode === 'off') return findings
  return [...findings, ...(await checkTurnPort(config, secret)), await checkRelayPorts(config)]
}

const localHost = (host: string | undefined): string => (isWildcardHost(host) ? '127.0.0.1' : urlHost(host ?? ''))

/** Only Duet has `/setup`. */
export async function isWebPortOfDuet(url: string): Promise<boolean> {
  const response = await httpGet(`${url}/setup`).catch(() => null)
  return response !== null && parseSetup(response.text) !== null
}

/** Parses the response of `/setup`; null if another program sent it. */
export function parseSetup(text: string): { proxyFaults: readonly string[] } | null {
  try {
    const { proxyFaults } = JSON.parse(text) as { proxyFaults?: unknown }
    return Array.isArray(proxyFaults) ? { proxyFaults: proxyFaults.map(String) } : null
  } catch {
    return null
  }
}

async function checkTcp({ check, setting, port, host, isDuet }: Listener): Promise<Finding> {
  const { ok, skipped } = findingsOf(check)
  if (port === 0) return skipped('The start picks a free port.')
  const code = await tryTcpPort(port, host)
  if (code === null) return ok(`TCP port ${port} is free.`)
  return (await isDuet())
    ? ok(`Duet has TCP port ${port}.`)
    : explainBindError(check, setting, `TCP port ${port}`, code)
}

/** With the secret an allocation proves that Duet has the port. Without it, a STUN response does. */
async function checkTurnPort({ turn, host }: Config, secret: string | undefined): Promise<Finding[]> {
  const { port } = turn.options
  if (port === 0) return [findingsOf('TURN port').skipped('The start picks a free port.')]
  return Promise.all(
    (['udp', 'tcp'] as const).map(async (transport) => {
      const check = `TURN port (${transport.toUpperCase()})`
      const code = await (transport === 'udp' ? tryUdpPort : tryTcpPort)(port, host)
      if (code === null) return findingsOf(check).ok(`Port ${port} is free.`)
      const address = `${localHost(host)}:${port}?transport=${transport}`
      const expiresAtSeconds = Math.floor(Date.now() / 1000) + 60
      const { ok } =
        secret === undefined
          ? await checkUrl(`stun:${address}`)
          : await checkUrl(`turn:${address}`, makeCredentials(secret, 'doctor', expiresAtSeconds))
      return ok
        ? findingsOf(check).ok(`Duet has port ${port}.`)
        : explainBindError(check, 'DUET_TURN_PORT', `Port ${port}`, code)
    }),
  )
}

function explainBindError(check: string, setting: string, port: string, code: string): Finding {
  const { failed, warning } = findingsOf(check)
  switch (code) {
    case 'EADDRINUSE':
      return failed(
        `Another program has ${port.replace('Port', 'port')}.`,
        `\`ss -tulpn\` names it. Stop it, or set ${setting} to another port.`,
      )
    case 'EACCES':
      return warning(
        `This user may not open ${port.replace('Port', 'port')}.`,
        `The systemd unit of Duet may. Otherwise set ${setting} to a port above 1023.`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return failed('The address to listen on is not an address of this machine.', 'Correct HOST and DUET_ADMIN.')
    default:
      return failed(`${port} cannot be opened: ${code}.`, `Set ${setting} to another port.`)
  }
}

/** Binds some ports of the range. Those that a running relay uses are few. */
async function checkRelayPorts({ turn, host }: Config): Promise<Finding> {
  const { ok, failed, warning } = findingsOf('relay ports')
  const [first, last] = turn.options.relayPorts
  const samples = Array.from({ length: relaySamples }, (_, at) =>
    Math.round(first + ((last - first) * at) / (relaySamples - 1)),
  )
  const ports = [...new Set(samples)]
  const codes = await Promise.all(ports.map((port) => tryUdpPort(port, host)))
  const taken = ports.filter((_, at) => codes[at] !== null)
  const advice = 'Set DUET_TURN_RELAY_PORTS to a range that no other program uses.'
  if (taken.length === ports.length)
    return failed(`None of the UDP ports ${first}–${last} that were tried is free.`, advice)
  if (taken.length > ports.length / 4)
    return warning(`${taken.length} of ${ports.length} UDP ports that were tried are not free.`, advice)
  return ok(`All tried UDP ports of ${first}–${last} are free. The TURN check shows whether a firewall blocks them.`)
}
