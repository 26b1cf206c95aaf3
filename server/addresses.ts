import { networkInterfaces } from 'node:os'
import type { Visitor } from './visitor.ts'

/**
 * The URLs under which others on the LAN reach this server, for someone who opened it as `localhost` and wants to share a link.
 * For them alone: nobody else has to know the addresses behind a name.
 */
export const lanAddresses = (origin: { scheme: string; port: number; isBound: (address: string) => boolean }) =>
  (visitor: Visitor): string[] => {
    if (!visitor.isLocal) return []
    return lanHosts().filter(origin.isBound).map((address) =>
      new URL(`${origin.scheme}://${address.includes(':') ? `[${address}]` : address}:${origin.port}`).origin)
  }

/** Link-local addresses need a zone, which URLs do not have (RFC 6874 is not implemented by browsers). */
const lanHosts = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address) && !address.startsWith('169.254.'))
    .map(({ address }) => address)
