import { lookup } from 'node:dns/promises'
import { isNonPublicNetwork, type Environment } from '../../../turn/index.ts'
import { readConfig, type Config } from '../../config/config.ts'
import { formatPublicUrl, type PublicUrl } from '../../config/publicUrl.ts'
import { deriveTurnSecrets, Secrets } from '../../config/secrets.ts'
import { readSecretIfPresent } from '../../rooms/stateDirectory.ts'
import { checkCertificateFile } from './checkCertificate.ts'
import { checkConnection } from './checkConnection.ts'
import { checkDescriptors } from './checkDescriptors.ts'
import { checkPorts } from './checkPorts.ts'
import { checkPublicUrl } from './checkPublicUrl.ts'
import { checkSettings } from './checkSettings.ts'
import { checkState } from './checkState.ts'
import { checkStore } from './checkStore.ts'
import { findingsOf, type Finding } from './finding.ts'
import { findRunningServer } from './runningServer.ts'
import { isDirectlyReachable, isWebPortOfDuet, localUrlOf } from './webPort.ts'

/** Checks the settings of an environment, this machine, and the server if it runs. Never rejects. */
export async function examine(env: Environment): Promise<Finding[]> {
  const config = readConfigOrError(env)
  if (config instanceof Error)
    return [findingsOf('settings').failed(`${config.message}.`.replace('..', '.'), 'Correct it, and run this again.')]
  const running = await findRunningServer(config.admin)
  const hasWebPort = config.port !== 0 || config.unixSocket !== undefined
  const isRunning = hasWebPort && (running !== null || (await isWebPortOfDuet(config)))
  return [
    findingsOf('server').ok(
      isRunning ? `Duet ${running?.version ?? ''} runs on this machine.`.replace('  ', ' ') : 'Duet does not run yet.',
    ),
    ...checkSettings(config),
    checkState(config.stateDirectory),
    ...(await checkStore(config.redisUrls)),
    checkDescriptors(running),
    ...(await checkPorts(config, running, readTurnSecret(config))),
    ...checkCertificate(config),
    ...(await checkReachability(config, isRunning)),
  ]
}

/** Checks a public URL alone, as from another network. Needs no settings. Never rejects. */
export async function examineUrl(publicUrl: PublicUrl): Promise<Finding[]> {
  const url = formatPublicUrl(publicUrl)
  const findings = await checkPublicUrl(publicUrl, url)
  const isDuet = findings.some(({ check, status }) => check === 'public URL' && status === 'ok')
  if (!isDuet) return [...findings, findingsOf('WebSocket').skipped('The public URL does not lead to Duet.')]
  return [...findings, ...(await checkConnection(url, publicUrl.origin, await leadsToInternet(publicUrl)))]
}

function readConfigOrError(env: Environment): Config | Error {
  try {
    return readConfig(env)
  } catch (error) {
    return error as Error
  }
}

/** The secret of the relay as `startServer` derives it; undefined before the first start. */
function readTurnSecret({ turn, secrets, stateDirectory }: Config): string | undefined {
  if (!turn.isSecretRandom) return turn.options.secrets[0]
  if (secrets.length > 0) return deriveTurnSecrets(new Secrets(secrets))[0]
  const secret = stateDirectory === null ? null : readSecretIfPresent(stateDirectory)
  return secret === null ? undefined : deriveTurnSecrets(new Secrets([secret]))[0]
}

/** A proxy may have a certificate of its own for the public name. */
function checkCertificate({ tls, publicUrl, trustedProxies }: Config): Finding[] {
  if (!tls) return []
  const hostname = trustedProxies.isEmpty ? publicUrl?.hostname : undefined
  return [checkCertificateFile(tls.cert.toString(), hostname, Date.now())]
}

/** Without a running server nothing answers at the public URL. */
async function checkReachability(config: Config, isRunning: boolean): Promise<Finding[]> {
  const { skipped } = findingsOf('reachability')
  if (!isRunning) return [skipped('Start Duet, and run this again.')]
  if (config.publicUrl) return examineUrl(config.publicUrl)
  if (!isDirectlyReachable(config)) return [skipped('Only a proxy may connect to Duet. Set DUET_PUBLIC_URL.')]
  const url = localUrlOf(config)
  return checkConnection(url, url, false)
}

async function leadsToInternet({ hostname }: PublicUrl): Promise<boolean> {
  const { address } = await lookup(hostname.replace(/^\[|\]$/g, '')).catch(() => ({ address: '127.0.0.1' }))
  return !isNonPublicNetwork(address)
}
