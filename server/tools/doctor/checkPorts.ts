import { checkUrl, makeCredentials } from '../../../turn/index.ts'
import type { Config } from '../../config/config.ts'
import { tryTcpPort, tryUdpPort } from './bindPort.ts'
import { findingsOf, type Finding } from './finding.ts'
import type { RunningServer } from './runningServer.ts'
import { checkUnixSocket, isProxySource, isWebPortOfDuet, localHost } from './webPort.ts'

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
  const { port, host, admin, turn, unixSocket, redirectPort } = config
  const isDuet = () => isWebPortOfDuet(config)
  const web = unixSocket
    ? checkUnixSocket(unixSocket.path, isDuet)
    : checkTcp({ check: 'web port', setting: 'PORT', port, host, isDuet })
  const redirect =
    typeof redirectPort === 'number' &&
    checkTcp({ check: 'redirect port', setting: 'DUET_REDIRECT_PORT', port: redirectPort, host, isDuet })
  const adminPort =
    admin &&
    checkTcp({
      check: 'admin port',
      setting: 'DUET_ADMIN',
      port: admin.port,
      host: admin.host,
      isDuet: async () => running !== null,
    })
  const findings = await Promise.all([web, redirect, adminPort].filter((each) => each !== null && each !== false))
  if (turn.mode === 'off') return findings
  return [...findings, ...(await checkTurnPort(config, secret)), await checkRelayPorts(config)]
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
async function checkTurnPort(config: Config, secret: string | undefined): Promise<Finding[]> {
  const { turn, host } = config
  const { port } = turn.options
  if (port === 0) return [findingsOf('TURN port').skipped('The start picks a free port.')]
  return Promise.all(
    (['udp', 'tcp'] as const).map(async (transport) => {
      const check = `TURN port (${transport.toUpperCase()})`
      const code = await (transport === 'udp' ? tryUdpPort : tryTcpPort)(port, host)
      if (code === null) return findingsOf(check).ok(`Port ${port} is free.`)
      if (transport === 'tcp' && !config.unixSocket && isProxySource(config))
        return findingsOf(check).skipped(`A program has port ${port}. DUET_PROXY_PROTOCOL admits only proxies to it.`)
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
