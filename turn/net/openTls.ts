import type { TurnOptions } from '../common/options.ts'
import { readCertificate, watchCertificate, type CertificateWatcher } from './certificate.ts'
import type { TurnComponents } from './lifecycle.ts'
import { Listeners } from './listeners.ts'
import { TlsServers } from './tls.ts'

/** The listeners for TLS, with the current certificate of the files. */
export interface TlsListener {
  readonly port: number
  readonly certificateWatcher: CertificateWatcher
  close(): Promise<void>
}

/** Listens for TLS at the addresses of the other listeners. Rejects with a readable Error. */
export async function openTls(
  { tls, host }: Pick<TurnOptions, 'tls' | 'host'>,
  { runtime, streams, addresses }: TurnComponents,
): Promise<TlsListener | undefined> {
  if (!tls) return undefined
  const certificate = readCertificate(tls)
  const servers = new TlsServers(streams, runtime.warnings, certificate)
  const listeners = new Listeners(runtime, streams, addresses, { host, port: tls.port, transports: ['tls'] }, servers)
  await listeners.open()
  const certificateWatcher = watchCertificate(tls, certificate, (next) => servers.setCertificate(next), runtime.log)
  return {
    port: listeners.port,
    certificateWatcher,
    close: () => {
      certificateWatcher.stop()
      return listeners.close()
    },
  }
}
