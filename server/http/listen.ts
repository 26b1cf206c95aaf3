import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'

/**
 * Starts listening. Resolves to the port.
 * @throws {Error} with a message of one line that names the setting to change
 */
export function listen(
  server: Server,
  { port, host }: Pick<Config, 'port' | 'host'>,
  settingNames = { port: 'PORT', host: 'HOST' },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(describeListenError(error, port, host, settingNames), { cause: error })),
    )
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function describeListenError(
  { code, message }: NodeJS.ErrnoException,
  port: number,
  host = 'every address',
  settingNames: { port: string; host: string },
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${settingNames.port}: ${port} is in use on ${host}. Stop the other process, or choose another port.`
    case 'EACCES':
      return `${settingNames.port}: ${port} is a privileged port. Choose one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${settingNames.host}: ${host} is not an address of this machine`
    default:
      return `cannot listen on ${host}, port ${port}: ${message}`
  }
}
