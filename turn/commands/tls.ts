import type { CertificateFiles, Environment } from '../index.ts'

/** Throws an Error that names the variable that is missing. */
export function readTlsFiles(env: Environment): CertificateFiles | undefined {
  const [cert, key] = [env.DUET_TLS_CERT?.trim(), env.DUET_TLS_KEY?.trim()]
  if (!cert && !key) return undefined
  if (!cert) throw new Error('DUET_TLS_CERT is missing beside DUET_TLS_KEY')
  if (!key) throw new Error('DUET_TLS_KEY is missing beside DUET_TLS_CERT')
  return { cert, key }
}
