/** The public API of `turn/`. Other folders import from here only. */
export {
  AddressSet,
  isLinkLocalIp,
  isIpHost,
  isLoopbackHost,
  isLoopbackIp,
  isLoopbackName,
  isNonPublicNetwork,
  isWildcardHost,
  networkKey,
  parseCidr,
  parseForwardedAddress,
  urlHost,
} from './common/address.ts'
export { lanRanges } from './common/addressRanges.ts'
export { lanIps, localAddresses } from './common/localAddresses.ts'
export { canonicalIp, parseFamily } from './stun/ip.ts'
export type { CertificateFiles, Quotas, Transport, TurnServer, TurnCounters, TurnOptions } from './common/options.ts'
export type { TurnLog } from './common/log.ts'
export { readCertificate, watchCertificate } from './net/certificate.ts'
export type { Certificate, CertificateWatcher } from './net/certificate.ts'
export { peekFirstBytes } from './net/firstBytes.ts'
export { readDescriptorLimit } from './net/descriptors.ts'
export { peerOf, ProxyProtocol, unixSource } from './net/proxyProtocol.ts'
export { HandshakeQueue } from './net/handshakeQueue.ts'
export { isStun } from './net/isStun.ts'
export { alpnProtocols, tlsOptions } from './net/tlsOptions.ts'
export { NetworkRateLimiter } from './core/hashedRateLimiter.ts'
export { startTurn } from './startTurn.ts'
export { makeCredentials, createRestId } from './core/credentials.ts'
export { UsageError } from './common/errors.ts'
export { isPackagedCommand } from './common/command.ts'
export { standardError, standardOutput } from './common/output.ts'
export { reloadTurn } from './config/reload.ts'
export {
  minDistinctChars,
  minSecretChars,
  oneOf,
  parseInteger,
  parseList,
  parsePort,
  parseSecrets,
} from './config/parse.ts'
export {
  defineSettings,
  readSetting,
  readSettingText,
  rejectUnknownSettings,
  withSettingName,
} from './config/settings.ts'
export type { Environment, SettingRow, SettingsTable, SettingValue, Unit } from './config/settings.ts'
export { formatSettingsHelp, formatSettingsTable } from './config/settingsText.ts'
export { listenSettingsTable, turnSettingsTable } from './config/settingsTable.ts'
export { withDotEnv, withEnvFile } from './config/dotEnv.ts'
export { readTurnSettings } from './config/environment.ts'
export type { TurnSettings } from './config/environment.ts'
export { checkUrl } from './client/checkServer.ts'
export type { CheckOptions, CheckResult, CheckStep } from './client/checkServer.ts'
export type { TurnCredentials } from './client/client.ts'
