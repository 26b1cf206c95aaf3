import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TurnLog } from '../common/log.ts'
import type { CertificateFiles } from '../common/options.ts'

/** A certificate chain and its key, as PEM. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}

/** Watches certificate files for renewals. */
export interface CertificateWatcher {
  /** Returns the days until the current certificate expires; negative after that. */
  daysLeft(): number
  /** Checks the files now, in addition to the check each minute. */
  refresh(): void
  /** Stops watching. May be called twice. */
  stop(): void
}

/** Interval for reading the certificate files again, because a change may not be reported. */
const pollIntervalMs = 60_000
const dayMs = 86_400_000

/** Reads and checks a certificate and its key. @throws {Error} that names the wrong file and the cause */
export function readCertificate(files: CertificateFiles): Certificate {
  const [cert, key] = [readFile(files.cert), readFile(files.key)]
  const certificate = explainFailure(`${files.cert} holds no certificate`, () => new X509Certificate(cert))
  const privateKey = explainFailure(`${files.key} holds no private key`, () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(`the key in ${files.key} does not belong to the certificate in ${files.cert}`)
  return { cert, key }
}

const readFile = (file: string): Buffer => explainFailure(`${file} cannot be read`, () => readFileSync(file))

function explainFailure<T>(prefix: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new Error(`${prefix}: ${(cause as Error).message.split('\n')[0]}`, { cause })
  }
}

/**
 * Calls `use` with every new pair. It polls and compares contents, because renewals replace files, links or folders.
 * File watchers do not report all of those on every system. A broken or half-written pair leaves the old one in use.
 */
export function watchCertificate(
  files: CertificateFiles,
  inUse: Certificate,
  use: (next: Certificate) => void,
  log: TurnLog,
): CertificateWatcher {
  let [current, lastError] = [inUse, '']
  const refresh = (): void => {
    try {
      const next = readCertificate(files)
      lastError = ''
      if (next.cert.equals(current.cert) && next.key.equals(current.key)) return
      use((current = next))
      log.info({ daysLeft: daysLeft(next) }, 'certificate renewed')
    } catch (error) {
      if (lastError === (error as Error).message) return
      lastError = (error as Error).message
      log.warn({ daysLeft: daysLeft(current), reason: lastError }, 'certificate not renewed')
    }
  }
  const timer = setInterval(refresh, pollIntervalMs).unref()
  return { daysLeft: () => daysLeft(current), refresh, stop: () => clearInterval(timer) }
}

const daysLeft = ({ cert }: Certificate): number =>
  Math.floor((Date.parse(new X509Certificate(cert).validTo) - Date.now()) / dayMs)
