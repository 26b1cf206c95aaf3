import { join } from 'node:path'
import { readSettingText, type Environment } from '../../turn/index.ts'
import { readConfig } from '../config/config.ts'
import { issueLanCertificate, type LanCertificate } from './lanCertificate.ts'

/**
 * Prepares `--lan`: issues a certificate, and returns the environment with its files. The relay may reach private
 * addresses, because everyone is on the LAN.
 * @throws {Error} with a message of one line if a setting contradicts `--lan`
 */
export function prepareLan(env: Environment): { env: Environment; certificate: LanCertificate } {
  const other = ['DUET_TLS_CERT', 'DUET_TLS_KEY', 'DUET_PUBLIC_URL'].find((name) => readSettingText(env, name))
  if (other)
    throw new Error(`--lan makes a certificate of its own, but ${other} is set. Unset it, or start without --lan.`)
  const { stateDirectory } = readConfig(env)
  if (stateDirectory === null)
    throw new Error('--lan keeps its certificate authority in a folder. Set DUET_STATE to one.')
  const certificate = issueLanCertificate(join(stateDirectory, 'lan'))
  const { cert, key } = certificate
  return { certificate, env: { DUET_TURN_ALLOW_PRIVATE_PEERS: 'true', ...env, DUET_TLS_CERT: cert, DUET_TLS_KEY: key } }
}
