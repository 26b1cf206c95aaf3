import { networkInterfaces } from 'node:os'
import { isLinkLocalIp } from './address.ts'

/** An address of this machine. */
export interface LocalAddress {
  readonly ip: string
  readonly isLoopback: boolean
}

/**
 * Reads this machine's addresses, without link-local ones: those need a zone, which candidates cannot carry.
 * @throws the system's error, such as EMFILE
 */
export const localAddresses = (): LocalAddress[] =>
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ address }) => !isLinkLocalIp(address))
    .map(({ address, internal }) => ({ ip: address, isLoopback: internal }))

/** Reads the addresses at which other machines may reach this one. @throws the system's error, such as EMFILE */
export const lanIps = (): string[] =>
  localAddresses()
    .filter(({ isLoopback }) => !isLoopback)
    .map(({ ip }) => ip)
