import { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:tls'
import { isLoopbackIp, localAddresses, parseFamily } from '../../../turn/index.ts'
import type { PublicUrl } from '../../config/publicUrl.ts'
import { proxyAdvice, type ProxyFault } from '../../http/publicUrlVisit.ts'
import { checkDates, toDay } from './checkCertificate.ts'
import { findingsOf, type Finding } from './finding.ts'
import { httpGet, type HttpResponse } from './httpGet.ts'
import { parseSetup } from './webPort.ts'

/** Timeout of a TLS handshake, in ms. */
const tlsTimeoutMs = 5_000
/** Largest offset of the clock, in ms. Guest credentials of TURN are valid for five minutes. */
const maxClockOffsetMs = 60_000
/** Offset above this is a warning, in ms. `Date` has a resolution of one second, and the answer takes some time. */
const tolerableClockOffsetMs = 5_000

/**
 * Visits the public URL like a browser: name, certificate, page, proxy headers and clock.
 * @param url the start page, with its path prefix
 */
export async function checkPublicUrl(publicUrl: PublicUrl, url: string): Promise<Finding[]> {
  const { ok, failed } = findingsOf('public name')
  const hostname = publicUrl.hostname.replace(/^\[|\]$/g, '')
  const addresses = await lookup(hostname, { all: true }).catch(() => [])
  if (addresses.length === 0)
    return [failed(`${hostname} does not resolve.`, 'Add an A or AAAA record, or correct DUET_PUBLIC_URL.')]
  const ips = addresses.map(({ address }) => address)
  const certificate = publicUrl.scheme === 'https' ? [await checkPublicCertificate(publicUrl, hostname)] : []
  const sentAtMs = Date.now()
  const response = await httpGet(`${url.replace(/\/$/, '')}/setup`).catch((error: Error) => error)
  const receivedAtMs = Date.now()
  return [
    ok(`${hostname} resolves to ${ips.join(', ')}.`),
    ...certificate,
    ...(response instanceof Error
      ? [findingsOf('public URL').failed(`${url} does not answer: ${response.message}.`, unreachableAdvice)]
      : [...checkSetup(url, response), checkClock(response, (sentAtMs + receivedAtMs) / 2, isThisMachine(ips))]),
  ]
}

const unreachableAdvice =
  'Start the proxy and Duet, and open the port in the firewall. A router without NAT hairpinning also fails this check; ' +
  'then run it in another network, with --url.'

function checkSetup(url: string, { status, text }: HttpResponse): Finding[] {
  const { ok, failed } = findingsOf('public URL')
  const setup = parseSetup(text)
  if (!setup)
    return [
      failed(
        `${url} answers with status ${status}, and not with Duet.`,
        status === 502 || status === 503 || status === 504
          ? 'The proxy does not reach Duet. Start Duet, and compare PORT with the address in the proxy.'
          : 'Compare the host and the path with the configuration of the proxy.',
      ),
    ]
  const faults = setup.proxyFaults.map((fault) =>
    findingsOf('proxy headers').failed(
      fault === 'trust' ? 'Duet does not trust the proxy.' : `The proxy drops or changes ${fault}.`,
      Object.hasOwn(proxyAdvice, fault) ? proxyAdvice[fault as ProxyFault] : 'Read the log of Duet.',
    ),
  )
  return [
    ok(`${url} is Duet.`),
    ...(faults.length > 0
      ? faults
      : [findingsOf('proxy headers').ok('Duet gets the host and the address of visitors.')]),
  ]
}

/** Compares this machine with the `Date` header. Its time was cut to a second. */
function checkClock({ dateMs }: HttpResponse, nowMs: number, isOwnClock: boolean): Finding {
  const { ok, warning, failed, skipped } = findingsOf('clock')
  if (dateMs === null) return skipped('The public URL sends no Date header.')
  const offsetMs = Math.round(nowMs - dateMs - 500)
  const text = `The clock of this machine differs from the public URL by ${Math.round(offsetMs / 1000)} s.`
  const advice = 'Synchronize both clocks, for example with systemd-timesyncd: credentials of TURN expire.'
  if (Math.abs(offsetMs) > maxClockOffsetMs) return failed(text, advice)
  if (Math.abs(offsetMs) > tolerableClockOffsetMs) return warning(text, advice)
  return isOwnClock
    ? skipped('The public URL leads to this machine, so both have one clock. Run this in another network, with --url.')
    : ok('The clock of this machine agrees with the public URL.')
}

function isThisMachine(ips: readonly string[]): boolean {
  const own = localAddresses().map(({ ip }) => ip)
  return ips.some((ip) => isLoopbackIp(ip) || own.includes(ip))
}

/** Makes a TLS handshake as a browser does, and judges the certificate of the proxy or of Duet. */
async function checkPublicCertificate({ port }: PublicUrl, hostname: string): Promise<Finding> {
  const check = 'certificate'
  const { ok, failed } = findingsOf(check)
  const result = await readCertificate(hostname, port).catch((error: Error) => error)
  if (result instanceof Error)
    return failed(`The TLS handshake with ${hostname}:${port} failed: ${result.message}.`, unreachableAdvice)
  const { certificate, problem } = result
  const dates = checkDates(check, certificate, Date.now())
  if (dates?.status === 'failed') return dates
  if (problem !== null) return failed(`Browsers reject the certificate: ${problem}.`, adviceFor(problem))
  return dates ?? ok(`Browsers trust the certificate of ${hostname} until ${toDay(certificate.validTo)}.`)
}

function adviceFor(problem: string): string {
  if (problem.includes('ALTNAME')) return 'Issue a certificate for this name, or correct DUET_PUBLIC_URL.'
  if (problem.includes('LEAF_SIGNATURE') || problem.includes('GET_ISSUER'))
    return 'Serve the full chain, such as fullchain.pem. With an authority of your own, set NODE_EXTRA_CA_CERTS.'
  return 'Get a certificate from an authority, for example with certbot or Caddy.'
}

function readCertificate(
  hostname: string,
  port: number,
): Promise<{ certificate: X509Certificate; problem: string | null }> {
  return new Promise((resolve, reject) => {
    // RFC 6066 §3: the server name must not be an address.
    const servername = parseFamily(hostname) === undefined ? hostname : ''
    const socket = connect({ host: hostname, port, servername, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate()
      const { authorizationError } = socket
      const problem = authorizationError
        ? String((authorizationError as Error & { code?: string }).code ?? authorizationError)
        : null
      socket.destroy()
      if (certificate) resolve({ certificate, problem })
      else reject(new Error('the server has no certificate'))
    })
    socket.setTimeout(tlsTimeoutMs, () => socket.destroy(new Error('no answer within 5 s')))
    socket.once('error', reject)
  })
}
