import { networkInterfaces } from 'node:os'
import { isEvery, urlHost } from './host.ts'

/** The URLs under which others on the LAN reach this server, for someone who opened it as `localhost` and wants to share a link. */
export function lanAddresses({ scheme, port, host }: { scheme: string; port: number; host: string | undefined }): string[] {
  return lanHosts().filter((address) => isEvery(host) ? isReachedBy(host, address) : address === host)
    .map((address) => new URL(`${scheme}://${urlHost(address)}:${port}`).origin)
}

/** `0.0.0.0` is every IPv4 address only. */
const isReachedBy = (host: string | undefined, address: string): boolean => host !== '0.0.0.0' || !address.includes(':')

/** Without link-local ones: those need a zone, which URLs in browsers do not have. */
const lanHosts = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe[89ab].:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
