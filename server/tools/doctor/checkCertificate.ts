import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { isValidFor } from '../../config/config.ts'
import { findingsOf, type Finding } from './finding.ts'

const dayMs = 86_400_000
/** Let's Encrypt's certificates are renewed 30 days before their end. */
const renewalDays = 14

/** Checks the dates of a certificate. Returns null if nothing is wrong. */
export function checkDates(check: string, certificate: X509Certificate, nowMs: number): Finding | null {
  const { failed, warning } = findingsOf(check)
  const daysLeft = Math.floor((Date.parse(certificate.validTo) - nowMs) / dayMs)
  if (daysLeft < 0)
    return failed(
      `The certificate expired on ${toDay(certificate.validTo)}.`,
      'Renew it. Then Duet loads it by itself.',
    )
  if (Date.parse(certificate.validFrom) > nowMs)
    return failed(
      `The certificate is valid from ${toDay(certificate.validFrom)} on.`,
      'Correct the clock of this machine, or issue the certificate again.',
    )
  return daysLeft < renewalDays
    ? warning(`The certificate expires in ${daysLeft} days.`, 'Its renewal does not work. Read the log of certbot.')
    : null
}

/**
 * Checks the file of the web port: the chain, the names and the dates.
 * @param pem the certificate and the intermediate ones
 * @param hostname of `DUET_PUBLIC_URL`; undefined without it, and behind a proxy with a certificate of its own
 */
export function checkCertificateFile(pem: string, hostname: string | undefined, nowMs: number): Finding {
  const check = 'certificate file'
  const { ok, failed, warning } = findingsOf(check)
  const [leaf, ...others] = parseChain(pem)
  if (!leaf) return failed('DUET_TLS_CERT has no certificate.', 'Set it to the full chain, such as fullchain.pem.')
  const dates = checkDates(check, leaf, nowMs)
  if (dates) return dates
  if (hostname !== undefined && !isValidFor(leaf, hostname))
    return failed(
      `The certificate is not valid for ${hostname}. Its names are: ${leaf.subjectAltName ?? leaf.subject}.`,
      'Issue one for this name, or correct DUET_PUBLIC_URL.',
    )
  const expired = others.find((each) => Date.parse(each.validTo) < nowMs)
  if (expired)
    return failed(
      `An intermediate certificate expired on ${toDay(expired.validTo)}.`,
      'Replace the chain with a new one.',
    )
  if (leaf.checkIssued(leaf))
    return warning(
      'The certificate is self-signed, so browsers warn about it.',
      'Get one from an authority, for example with certbot or Caddy.',
    )
  if (!isChainComplete([leaf, ...others]))
    return warning(
      'The chain in the file does not end at an authority that Node knows, so some browsers may reject it.',
      'Set DUET_TLS_CERT to the full chain, such as fullchain.pem. Ignore this for an authority of your own.',
    )
  return ok(`The certificate is valid until ${toDay(leaf.validTo)} for ${leaf.subjectAltName ?? leaf.subject}.`)
}

const parseChain = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (each) => new X509Certificate(each),
  )

/** The next certificate issued each one. The last one issued itself, or an authority that Node knows did. */
function isChainComplete(chain: readonly X509Certificate[]): boolean {
  const last = chain.at(-1)
  if (!last || chain.some((each, at) => at > 0 && !chain[at - 1]?.checkIssued(each))) return false
  return last.checkIssued(last) || rootCertificates.some((pem) => last.checkIssued(new X509Certificate(pem)))
}

/** Formats the day of a date in a certificate as YYYY-MM-DD. */
export const toDay = (date: string): string => new Date(date).toISOString().slice(0, 10)
