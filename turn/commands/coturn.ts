import { createCoturnConfig, type CoturnOptions } from '../coturn/config.ts'
import { createSetupSteps } from '../coturn/steps.ts'
import { lanIps } from '../common/localAddresses.ts'
import { readTurnSettings } from '../config/environment.ts'
import type { Environment } from '../config/settings.ts'
import { readTlsFiles } from './tls.ts'

/** Prints a configuration with which coturn replaces this server, and the manual setup steps as comments. */
export function coturn(env: Environment): void {
  const options: CoturnOptions = {
    settings: readTurnSettings(env),
    tls: readTlsFiles(env),
    addresses: lanIps(),
    logFile: '/var/log/turnserver/turnserver.log',
  }
  process.stdout.write(createCoturnConfig(options) + createSetupSteps(options))
}
