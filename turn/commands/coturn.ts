import { coturnConfig, type CoturnWish } from '../coturn/config.ts'
import { coturnSteps } from '../coturn/steps.ts'
import { localAddresses } from '../net/relayAddresses.ts'
import { readTurnSettings, type Environment } from '../config/environment.ts'
import { tlsFiles } from './tls.ts'

/** Prints what coturn needs to stand in for us, and as comments what its owner has to do. */
export function coturn(env: Environment): void {
  const wish: CoturnWish = {
    settings: readTurnSettings(env),
    tls: tlsFiles(env),
    addresses: localAddresses().filter(({ isLoopback }) => !isLoopback).map(({ ip }) => ip),
    logFile: '/var/log/turnserver/turnserver.log',
  }
  process.stdout.write(coturnConfig(wish) + coturnSteps(wish))
}
