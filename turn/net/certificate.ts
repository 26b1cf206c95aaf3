import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TurnLog } from '../common/log.ts'
import type { CertificateFiles } from '../common/options.ts'

export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}

export interface Following {
  /** Until the one in use ends; below zero when it has. */
  daysLeft(): number
  /** Looks now, not only each minute. */
  refresh(): void
  stop(): void
}

const minute = 60_000
const day = 86_400_000

/** Throws an Error that says which file is wrong, and how. */
export function readCertificate(files: CertificateFiles): Certificate {
  const [cert, key] = [readWords(files.cert), readWords(files.key)]
  const certificate = attempt(`${files.cert} holds no certificate`, () => new X509Certificate(cert))
  const privateKey = attempt(`${files.key} holds no private key`, () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`the key in ${files.key} does not belong to the certificate in ${files.cert}`)
  return { cert, key }
}

const readWords = (file: string): Buffer => attempt(`${file} cannot be read`, () => readFileSync(file))

function attempt<T>(words: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new Error(`${words}: ${(cause as Error).message.split('\n')[0]}`, { cause })
  }
}

/**
 * Gives every new pair to `use`. The contents are compared: renewals replace files, links or folders, and of those not every
 * system tells. A pair that is broken, or half written, leaves the old one in use.
 */
export function followCertificate(files: CertificateFiles, inUse: Certificate, use: (next: Certificate) => void, log: TurnLog): Following {
  let [current, complaint] = [inUse, '']
  const refresh = (): void => {
    try {
      const next = readCertificate(files)
      complaint = ''
      if (next.cert.equals(current.cert) && next.key.equals(current.key)) return
      use((current = next))
      log.info({ daysLeft: daysLeft(next) }, 'certificate renewed')
    } catch (error) {
      if (complaint === (error as Error).message) return
      complaint = (error as Error).message
      log.warn({ daysLeft: daysLeft(current) }, `certificate not renewed, the old one stays: ${complaint}`)
    }
  }
  const timer = setInterval(refresh, minute).unref()
  return { daysLeft: () => daysLeft(current), refresh, stop: () => clearInterval(timer) }
}

const daysLeft = ({ cert }: Certificate): number => Math.floor((Date.parse(new X509Certificate(cert).validTo) - Date.now()) / day)
