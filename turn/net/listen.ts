import { lookup } from 'node:dns/promises'
import type { Transport } from '../options.ts'
import { localAddresses } from './addresses.ts'
import type { Shell } from './shell.ts'
import type { Streams } from './stream.ts'
import { listenTcp } from './tcp.ts'
import { listenUdp, type Listener } from './udp.ts'

export interface Listening {
  readonly host: string | undefined
  readonly port: number
  readonly transports: readonly Transport[]
}

/**
 * Binds both transports at one port. UDP is bound at each address by itself, so that an answer leaves from the address that
 * was asked; an accepted TCP connection knows its own.
 */
export async function listen(shell: Shell, streams: Streams, wanted: Listening): Promise<Listener[]> {
  const addresses = await addressesOf(wanted.host)
  const tries = wanted.port === 0 ? 20 : 1
  for (let i = 1; ; i++) {
    const listeners: Listener[] = []
    try {
      await bindAll(shell, streams, wanted, addresses, listeners)
      return listeners
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.close()))
      if (i >= tries) throw error
    }
  }
}

async function bindAll(shell: Shell, streams: Streams, wanted: Listening, { tcp, udp }: Addresses, done: Listener[]): Promise<void> {
  const portOf = (): number => done[0]?.address.port ?? wanted.port
  const bind = async (transport: Transport, ip: string): Promise<void> => {
    if (!wanted.transports.includes(transport)) return
    const port = portOf()
    try {
      done.push(await (transport === 'tcp' ? listenTcp(streams, ip, port) : listenUdp(shell, ip, port)))
    } catch (error) {
      throw new Error(`cannot listen on ${transport.toUpperCase()} ${ip} port ${port}: ${wordsFor(error)}`, { cause: error })
    }
  }
  for (const ip of tcp) await bind('tcp', ip)
  for (const ip of udp) await bind('udp', ip)
}

interface Addresses {
  readonly tcp: readonly string[]
  readonly udp: readonly string[]
}

async function addressesOf(host: string | undefined): Promise<Addresses> {
  const all = localAddresses().map(({ ip }) => ip)
  const v4 = all.filter((ip) => !ip.includes(':'))
  if (host === '0.0.0.0' || (host === undefined && v4.length === all.length)) return { tcp: ['0.0.0.0'], udp: v4 }
  if (host === undefined || host === '::') return { tcp: ['::'], udp: all }
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new Error(`cannot listen on ${JSON.stringify(host)}: it is no address and no name that resolves`, { cause })
  })
  const ips = [...new Set(found.map(({ address }) => address))]
  return { tcp: ips, udp: ips }
}

function wordsFor(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'another process holds it'
  if (code === 'EACCES') return 'not allowed (ports below 1024 need privileges)'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  return message
}
