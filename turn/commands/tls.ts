import { readSetting } from '../config/settings.ts'
import { turnSettingsTable } from '../config/settingsTable.ts'
import type { CertificateFiles, Environment } from '../index.ts'

/** Reads the TLS file settings; undefined without any. @throws {Error} that names the missing variable */
export function readTlsFiles(env: Environment): CertificateFiles | undefined {
  const cert = readSetting(turnSettingsTable, env, 'DUET_TLS_CERT')
  const key = readSetting(turnSettingsTable, env, 'DUET_TLS_KEY')
  if (!cert && !key) return undefined
  if (!cert) throw new Error('DUET_TLS_KEY is set, but DUET_TLS_CERT is not')
  if (!key) throw new Error('DUET_TLS_CERT is set, but DUET_TLS_KEY is not')
  return { cert, key }
}
