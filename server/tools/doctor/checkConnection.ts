import type { IceConfig, IceServer } from '../../../machines/protocol/messages.ts'
import { checkUrl, type CheckResult } from '../../../turn/index.ts'
import { responseTimeoutMs, ApiClient, UpgradeError, withResponseTimeout } from '../apiClient.ts'
import { findingsOf, type Finding } from './finding.ts'

/**
 * Opens a WebSocket like a page, and tests each ICE server that the page would get.
 * @param url the start page
 * @param origin the origin of the page
 * @param isInInternet whether visitors from the internet use the URL, so that the relay needs a public address
 */
export async function checkConnection(
  url: string,
  origin: string,
  isInInternet: boolean,
  timeoutMs = responseTimeoutMs,
): Promise<Finding[]> {
  const { ok, failed } = findingsOf('WebSocket')
  const client = new ApiClient(url, { origin, isCertificateIgnored: true })
  try {
    await client.opened
    const { iceServers } = (await withResponseTimeout(client.call('query', 'ice.servers'), timeoutMs)) as IceConfig
    return [ok(`A page at ${url} can open its WebSocket.`), ...(await checkIceServers(iceServers, isInInternet))]
  } catch (error) {
    return [failed(`A page at ${url} cannot open its WebSocket: ${(error as Error).message}.`, adviceFor(error))]
  } finally {
    client.close()
  }
}

function adviceFor(error: unknown): string {
  const status = error instanceof UpgradeError ? error.status : undefined
  switch (status) {
    case 403:
      return 'Set DUET_PUBLIC_URL to the URL that people open, or add the origin to DUET_ALLOWED_ORIGINS.'
    case 421:
      return 'Set DUET_PUBLIC_URL, and let the proxy forward the Host header.'
    case undefined:
    case 502:
    case 503:
    case 504:
      return 'Start the proxy and Duet, and read the log of both.'
    default:
      return 'The reverse proxy must forward the Upgrade and Connection headers over HTTP/1.1.'
  }
}

/** One URL after the other: a page without a seat may have few allocations. */
async function checkIceServers(iceServers: readonly IceServer[], isInInternet: boolean): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { urls, username, credential } of iceServers) {
    const credentials = username !== undefined && credential !== undefined ? { username, credential } : undefined
    for (const url of urls) findings.push(describe(await checkUrl(url, credentials), isInInternet))
  }
  return findings.length > 0
    ? findings
    : [findingsOf('TURN').warning('Pages get no TURN server.', 'Unset DUET_TURN, or set DUET_TURN_URLS.')]
}

function describe({ url, failed, steps, isRelayPublic }: CheckResult, isInInternet: boolean): Finding {
  const findings = findingsOf(url.startsWith('turn') ? 'TURN' : 'STUN')
  if (failed) return findings.failed(`${url} fails at the step ${failed.name}: ${failed.detail}.`, turnAdvice)
  const last = steps.at(-1)
  if (isInInternet && isRelayPublic === false)
    return findings.warning(
      `${url} works, but its relay has an address that the internet does not reach.`,
      'For visitors outside of this network, set DUET_TURN_EXTERNAL_IP to the public address.',
    )
  return findings.ok(`${url} works: ${last?.detail ?? ''}.`)
}

const turnAdvice =
  'Open the ports of TURN and the relay ports in the firewall, and read “Firewall” in docs/operating.md.'
