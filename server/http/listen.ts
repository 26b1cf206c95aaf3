import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'

/**
 * @returns the port
 * @throws {Error} with one line that names the setting to change
 */
export function listen(server: Server, { port, host }: Pick<Config, 'port' | 'host'>, settings = { port: 'PORT', host: 'HOST' }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error, port, host, settings), { cause: error })))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function reasonOf({ code, message }: NodeJS.ErrnoException, port: number, host = 'every address', settings: { port: string; host: string }): string {
  switch (code) {
    case 'EADDRINUSE': return `${settings.port}: ${port} is in use on ${host}; stop what uses it, or choose another`
    case 'EACCES': return `${settings.port}: ${port} may not be used by this user; choose one above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND': return `${settings.host}: ${host} is no address of this machine`
    default: return `cannot listen on ${host}, port ${port}: ${message}`
  }
}
