import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { plainIp, type AddressSet } from '../turn/index.ts'

/** The reverse proxies that the owner trusts, and so: who it is that asks. */
export class Proxies {
  readonly #trusted: AddressSet

  constructor(trusted: AddressSet) {
    this.#trusted = trusted
  }

  /**
   * Each proxy adds behind the others who asked it, so the last one that is no proxy of ours is the one; what stands before was
   * told by strangers. Empty where our own proxy says what is no address.
   */
  callerOf({ socket, headers }: IncomingMessage): string {
    const peer = plainIp(socket.remoteAddress ?? '')
    const told = [headers['x-forwarded-for'] ?? []].flat().flatMap((line) => line.split(',')).map(toAddress)
    return [...told, peer].findLast((address) => !this.#trusted.has(address)) ?? told[0] ?? peer
  }
}

/** Some proxies add a port, and IPv6 then has brackets. */
function toAddress(text: string): string {
  const bare = text.trim().replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
  return isIP(bare) ? plainIp(bare) : ''
}
