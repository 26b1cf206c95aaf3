import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AddressSet, lanIps, lanRanges } from '../../turn/index.ts'
import { createCertificate } from './certificate.ts'

/** Files of the authority and of the server, in PEM. */
export interface LanCertificate {
  readonly authority: string
  readonly cert: string
  readonly key: string
  /** SHA-256 of the authority. */
  readonly fingerprint: string
}

const authorityDays = 3_650
/** Safari accepts at most 825 days from a private authority. Each start issues a new certificate. */
const serverDays = 397

/** The authority signs for the networks of a LAN and local names only. A stolen key cannot imitate a public site. */
const lanNetworks = new AddressSet(lanRanges)

/**
 * Issues a certificate for the names of this machine on its LAN. Creates the authority at the first call; phones that
 * trust it then trust every later certificate.
 * @param folder `lan` in the state directory
 */
export function issueLanCertificate(folder: string, machine = hostname(), ips = lanIps()): LanCertificate {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = (name: string): string => join(folder, name)
  const [name = 'localhost'] = machine.toLowerCase().split('.')
  const issuer = openAuthority(file('ca.crt'), file('ca.key'), name)
  const key = createKey()
  const certificate = createCertificate({
    subject: `${name}.local`,
    issuer: issuer.name,
    key,
    issuerKey: issuer.key,
    days: serverDays,
    names: [`${name}.local`, name, 'localhost', '127.0.0.1', '::1', ...ips.filter((ip) => lanNetworks.has(ip))],
  })
  write(file('server.key'), toPem(key), 0o600)
  write(file('server.crt'), certificate + readFileSync(file('ca.crt'), 'utf8'), 0o644)
  const { fingerprint256: fingerprint } = new X509Certificate(readFileSync(file('ca.crt')))
  return { authority: file('ca.crt'), cert: file('server.crt'), key: file('server.key'), fingerprint }
}

/** An authority of another machine name could not sign this one. */
function openAuthority(certFile: string, keyFile: string, machine: string): { name: string; key: KeyObject } {
  const name = `Duet on ${machine}`
  try {
    const certificate = new X509Certificate(readFileSync(certFile))
    const key = createPrivateKey(readFileSync(keyFile))
    const isUsable =
      certificate.checkPrivateKey(key) &&
      certificate.subject === `CN=${name}` &&
      Date.parse(certificate.validTo) > Date.now() + serverDays * 86_400_000
    if (isUsable) return { name, key }
  } catch {
    // Missing or damaged: a new one follows.
  }
  const key = createKey()
  const permitted = { names: ['local', 'localhost', machine], networks: lanRanges }
  const pem = createCertificate({ subject: name, issuer: name, key, issuerKey: key, days: authorityDays, permitted })
  write(keyFile, toPem(key), 0o600)
  write(certFile, pem, 0o644)
  return { name, key }
}

const createKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

const toPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

/** A crash leaves the old file or the new one. */
function write(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode })
  renameSync(`${file}.new`, file)
}
